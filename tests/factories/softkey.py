"""An authenticator in software, written from the specification, which lies wherever a test tells it to."""

import base64
import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2 import cbor

__all__ = [
    "AT",
    "BE",
    "BS",
    "ED",
    "EDDSA",
    "ES256",
    "RS256",
    "UP",
    "UV",
    "Maker",
    "SoftKey",
    "as_bytes",
    "as_text",
    "attested_by",
]

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ES256, EDDSA, RS256 = -7, -8, -257
NO_MODEL = uuid.UUID(int=0)
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def as_text(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def as_bytes(value: str) -> bytes:
    """The reverse of `as_text`."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Maker:
    """A maker of authenticators: a root certificate, and attestation certificates that name a model."""

    def __init__(self, name: str = "Made-up Keys") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(name, name, self.key.public_key(), [(x509.BasicConstraints(True, None), True)])

    @property
    def pem(self) -> str:
        """The root certificate."""
        return self.root.public_bytes(Encoding.PEM).decode()

    def vouch(
        self, model: uuid.UUID | None, unit: str = "Authenticator Attestation"
    ) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        """A key for attestations and its certificate (DER), which names `model` unless that is None."""
        key = ec.generate_private_key(ec.SECP256R1())
        extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(False, None), True)]
        if model is not None:
            oid = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
            extensions.append((x509.UnrecognizedExtension(oid, b"\x04\x10" + model.bytes), False))
        certificate = self._certificate("Key", "Made-up Keys", key.public_key(), extensions, unit)
        return key, certificate.public_bytes(Encoding.DER)

    def _certificate(
        self,
        subject: str,
        issuer: str,
        key: ec.EllipticCurvePublicKey,
        extensions: list[tuple[x509.ExtensionType, bool]],
        unit: str | None = None,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        names = [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "SL"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Made-up Keys"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, subject),
        ]
        if unit is not None:
            names.append(x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
        above = [*names[:2], x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(names))
            .issuer_name(x509.Name(above))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, hashes.SHA256())


@dataclass
class SoftKey:
    """One authenticator with one credential in it. Every field may be changed between ceremonies."""

    origin: str
    algorithm: int = ES256
    flags: int = UP | UV
    counter: int = 0
    step: int = 0
    aaguid: uuid.UUID = NO_MODEL
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    transports: tuple[str, ...] = ("internal",)
    rp_id: str | None = None
    user_handle: bytes | None = None
    key: Private = field(init=False)

    def __post_init__(self) -> None:
        self.key = _new_key(self.algorithm)

    def make(
        self,
        options: Mapping[str, Any],
        *,
        client: Mapping[str, Any] | None = None,
        attest: Callable[[bytes], Mapping[str, Any]] | None = None,
        statement: Mapping[str, Any] | None = None,
        public_key: Mapping[int, Any] | None = None,
    ) -> dict[str, Any]:
        """The answer to creation options; `attest` makes fmt and attStmt of what is to be signed."""
        self.user_handle = as_bytes(options["user"]["id"])
        client_data = self._client("webauthn.create", options, client)
        key = cbor.encode(dict(public_key) if public_key is not None else self.cose())
        length = len(self.credential_id).to_bytes(2, "big")
        data = self._data(options["rp"]["id"], AT) + self.aaguid.bytes + length + self.credential_id + key
        made = {"fmt": "none", "attStmt": {}, **(attest(data + _sha256(client_data)) if attest else {})}
        response = {
            "clientDataJSON": as_text(client_data),
            "attestationObject": as_text(cbor.encode({**made, "authData": data, **(statement or {})})),
            "transports": list(self.transports),
        }
        return self._answer(response)

    def use(
        self,
        options: Mapping[str, Any],
        *,
        client: Mapping[str, Any] | None = None,
        signature: bytes | None = None,
        handle: bytes | None = None,
    ) -> dict[str, Any]:
        """The answer to request options; `handle` replaces the user handle, b"" leaves it out."""
        self.counter += self.step
        client_data = self._client("webauthn.get", options, client)
        data = self._data(options["rpId"], 0)
        response = {
            "clientDataJSON": as_text(client_data),
            "authenticatorData": as_text(data),
            "signature": as_text(signature or self.sign(data + _sha256(client_data))),
        }
        told = self.user_handle if handle is None else handle
        if told:
            response["userHandle"] = as_text(told)
        return self._answer(response)

    def sign(self, content: bytes) -> bytes:
        """A signature of the credential's key."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(content, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(content)

    def cose(self) -> dict[int, Any]:
        """The public key as COSE (RFC 9053)."""
        public = self.key.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            point = public.public_numbers()
            return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}
        return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes(Encoding.Raw, PublicFormat.Raw)}

    def self_attested(self, content: bytes) -> dict[str, Any]:
        """A packed attestation by the credential's own key."""
        return {"fmt": "packed", "attStmt": {"alg": self.algorithm, "sig": self.sign(content)}}

    def _client(self, kind: str, options: Mapping[str, Any], changes: Mapping[str, Any] | None) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**told, **(changes or {})}).encode()

    def _data(self, rp_id: str, more: int) -> bytes:
        party = _sha256((self.rp_id or rp_id).encode())
        return party + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = as_text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def attested_by(maker: Maker, model: uuid.UUID | None, **changes: Any) -> Callable[[bytes], Mapping[str, Any]]:
    """A packed attestation by a maker's certificate."""
    key, certificate = maker.vouch(model, **changes)

    def attest(content: bytes) -> Mapping[str, Any]:
        signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
        return {"fmt": "packed", "attStmt": {"alg": ES256, "sig": signature, "x5c": [certificate]}}

    return attest


def _new_key(algorithm: int) -> Private:
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate() if algorithm == EDDSA else _RSA


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
