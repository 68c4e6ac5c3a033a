"""Signatures of devices, the one place where they are made and checked: compact JWS (RFC 7515) under registered keys.

Which key and which algorithm is the register's word alone: what a header says of keys (`x5c`, `kid`) is not looked at,
and a header that names another algorithm, or an extension that must be understood, is refused (RFC 8725 3.1, 3.10).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from enrollment.devices.reading import MalformedError, Members, loaded
from idp.keys.jose import (
    P256_BYTES,
    Algorithm,
    VerifyingKey,
    decode_segment,
    encode_segment,
    public_jwk,
    public_key,
    thumbprint,
)

__all__ = ["DeviceKey", "Sign", "Signed", "assembled", "jwk_of", "read_signed", "signer", "to_sign"]

MAX_HEADER = 16 << 10
MIN_RSA_BITS = 2048
_HEADER = encode_segment(b'{"alg":"ES256","typ":"JWT"}')

# Signs the bytes given with a device's private key: 64 bytes r and s on P-256 (RFC 7518 section 3.4).
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWS in its parts. `payload` is nobody's word until a key has verified it."""

    algorithm: str
    signing_input: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The public key under which a device is registered: ES256 on P-256, or RS256 of 2048 bits or more."""

    key: VerifyingKey

    @classmethod
    def from_jwk(cls, document: Mapping[str, Any]) -> DeviceKey | None:
        """The key of a JSON Web Key (RFC 7517); None for what is none of the two, or has a private half."""
        if "d" in document:
            return None
        try:
            public = public_key(dict(document))
        except (KeyError, TypeError, ValueError):
            return None
        if document.get("kty") == "EC" and document.get("crv") == "P-256":
            return cls(VerifyingKey(thumbprint(public), Algorithm.ES256, public))
        if isinstance(public, rsa.RSAPublicKey) and public.key_size >= MIN_RSA_BITS:
            return cls(VerifyingKey(thumbprint(public), Algorithm.RS256, public))
        return None

    def verifies(self, signed: Signed) -> bool:
        """True when the JWS is signed by this key, in this key's algorithm."""
        return signed.algorithm == self.key.algorithm and self.key.verifies(signed.signature, signed.signing_input)


def read_signed(text: str, about: str) -> Signed:
    """Take a JWS apart. Raises `MalformedError` for what is no JWS, or has a header that we do not take."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise MalformedError(about)
    try:
        header, payload, signature = (decode_segment(part) for part in parts)
    except ValueError as error:
        raise MalformedError(about) from error
    members = Members(loaded(header, MAX_HEADER, about), about)
    algorithm = members.text("alg")
    for name in ("typ", "kid", "x5c", "x5t", "x5t#S256"):
        members.value(name)
    members.end()
    return Signed(algorithm, f"{parts[0]}.{parts[1]}".encode(), payload, signature)


def to_sign(payload: bytes) -> bytes:
    """What a device signs: the header for ES256 and `payload`, both encoded, with a dot between."""
    return f"{_HEADER}.{encode_segment(payload)}".encode()


def assembled(signing_input: bytes, signature: bytes) -> str:
    """The JWS of what was signed and its signature."""
    return f"{signing_input.decode('ascii')}.{encode_segment(signature)}"


def signer(private: ec.EllipticCurvePrivateKey) -> Sign:
    """A way to sign with a private key on P-256 that is at hand, as in a simulator."""

    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(P256_BYTES, "big") + s.to_bytes(P256_BYTES, "big")

    return sign


def jwk_of(private: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The public half as a JSON Web Key, required members only: what a device is registered by."""
    members = public_jwk(private.public_key(), Algorithm.ES256)
    return {name: members[name] for name in ("crv", "kty", "x", "y")}
