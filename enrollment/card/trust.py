"""Whose signatures count: public keys by their ids, ours and those that an operator names in files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from enrollment.card.envelope import Envelope
from idp.keys.jose import Algorithm, VerifyingKey, decode_segment, thumbprint

__all__ = ["Found", "Trusted", "key_id_of", "keys_in", "own", "signer_of"]

KEY_ID_BYTES = 8
MAX_KEY_FILE = 1 << 16
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def key_id_of(public: PublicKey) -> bytes:
    """The id of a key on a card: the first eight bytes of its RFC 7638 thumbprint, to keep the code small."""
    return decode_segment(thumbprint(public))[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key whose signatures count. `ids` are all the ids that an issuer may call it by; `own`: the register's."""

    key: VerifyingKey
    ids: frozenset[bytes]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What became of looking for the key: that which made the signature, or whether it was known at all."""

    signer: Trusted | None
    known: bool


def signer_of(envelope: Envelope, trusted: Iterable[Trusted]) -> Found:
    """The key that signed. An id is a hint only (RFC 9052 section 3.1): whatever it says, the signature decides.

    A card that names no key and is by none of these may be changed, or a stranger's: nobody can tell, and no key is
    known.
    """
    held = list(trusted)
    fitting = (one for one in held if one.key.algorithm == envelope.algorithm)
    signer = next((one for one in fitting if one.key.verifies(envelope.signature, envelope.signed)), None)
    return Found(signer, known=envelope.key_id is not None and any(envelope.key_id in one.ids for one in held))


def keys_in(text: str) -> list[Trusted]:
    """The keys in a file: `{"signing_key": {"algorithm", "public_key_hex"}}`, a JWK, a JWK set, or PEM.

    ValueError where there is none that can be used.
    """
    if "-----BEGIN" in text:
        return [_trusted(serialization.load_pem_public_key(text.encode()), None)]
    document = json.loads(text)
    if not isinstance(document, dict):
        message = "not a JSON object"
        raise ValueError(message)  # noqa: TRY004 - what a file holds, not what a caller passes
    if isinstance(document.get("keys"), list):
        return [_from_jwk(one) for one in document["keys"]]
    if "kty" in document:
        return [_from_jwk(document)]
    named = document.get("signing_key", document)
    if not isinstance(named, dict) or not isinstance(named.get("public_key_hex"), str):
        message = "no `signing_key` with a `public_key_hex`, and no JWK"
        raise ValueError(message)  # noqa: TRY004 - as above
    return [_trusted(_from_hex(str(named.get("algorithm")), bytes.fromhex(named["public_key_hex"])), named.get("kid"))]


def own(public: PublicKey) -> Trusted:
    """A key of the register's own."""
    made = _trusted(public, None)
    return Trusted(made.key, made.ids, own=True)


def _from_hex(algorithm: str, raw: bytes) -> object:
    if algorithm in {"EdDSA", "Ed25519"}:
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    if algorithm in {"ES256", "ESP256"}:
        point = raw if len(raw) in {33, 65} else b"\x04" + raw
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    message = "the algorithm must be EdDSA or ES256"
    raise ValueError(message)


def _from_jwk(jwk: Any) -> Trusted:
    if not isinstance(jwk, dict) or not all(isinstance(jwk.get(name), str) for name in ("kty", "crv", "x")):
        message = "not a JWK"
        raise ValueError(message)
    kind = jwk["kty"], jwk["crv"]
    if kind == ("OKP", "Ed25519"):
        return _trusted(_from_hex("EdDSA", decode_segment(jwk["x"])), jwk.get("kid"))
    if kind == ("EC", "P-256") and isinstance(jwk.get("y"), str):
        raw = decode_segment(jwk["x"]).rjust(32, b"\0") + decode_segment(jwk["y"]).rjust(32, b"\0")
        return _trusted(_from_hex("ES256", raw), jwk.get("kid"))
    message = "the key must be Ed25519 or P-256"
    raise ValueError(message)


def _trusted(public: object, kid: object) -> Trusted:
    """Whatever issuers call it: its name as text, as base64url, as hex, or a thumbprint, whole or shortened."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        algorithm = Algorithm.EDDSA
    elif isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        algorithm = Algorithm.ES256
    else:
        message = "the key must be Ed25519 or P-256"
        raise ValueError(message)  # noqa: TRY004 - as above
    print_ = thumbprint(public)
    whole = decode_segment(print_)
    ids = {whole, whole[:KEY_ID_BYTES], print_.encode(), hashlib.sha256(_raw(public)).digest()[:KEY_ID_BYTES]}
    if isinstance(kid, str):
        ids.add(kid.encode())
        for read in (decode_segment, bytes.fromhex):
            try:
                ids.add(read(kid))
            except ValueError:
                continue
    return Trusted(VerifyingKey(print_, algorithm, public), frozenset(ids))


def _raw(public: PublicKey) -> bytes:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
