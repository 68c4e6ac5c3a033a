"""Key files of others, as they come: what can be used of them, and in words what cannot.

Nothing in such a file is a reason not to look at a card: fewer keys make fewer cards good, never more. What is passed
over is told.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from enrollment.card.trust import Trusted, named
from idp.keys.jose import decode_segment

__all__ = ["MAX_KEY_FILE", "KeyFile", "keys_in"]

MAX_KEY_FILE = 1 << 16
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_SECRET_BYTES = frozenset({16, 24, 32})


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a file holds: keys whose signatures count, secrets that open encrypted cards, and what was passed over."""

    trusted: tuple[Trusted, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    faults: tuple[str, ...] = ()


def keys_in(content: bytes) -> KeyFile:
    """The keys in a file of UTF-8, with a byte order mark or without; at most 64 KiB of it.

    JSON: `{"signing_key": {"algorithm", "public_key_hex"}, "encryption_key": {"symmetric_key_hex"}}`, a JWK
    (RFC 7517), a JWK set, or a list of any of them. Or PEM: public keys and certificates, any number.
    """
    if len(content) > MAX_KEY_FILE:
        return KeyFile(faults=("larger than 64 KiB",))
    try:
        text = content.decode("utf-8-sig")
        blocks = list(_BLOCK.finditer(text))
        entries: list[Any] = [*blocks] if blocks else _entries(json.loads(text))
    except (ValueError, RecursionError):
        return KeyFile(faults=("neither JSON nor PEM",))
    trusted: list[Trusted] = []
    secrets: list[bytes] = []
    faults: list[str] = [] if entries else ["no key"]
    for entry in entries:
        try:
            found = _from_pem(entry) if isinstance(entry, re.Match) else _from_json(entry)
        except (ValueError, UnsupportedAlgorithm) as error:
            faults.append(_plain(error))
            continue
        trusted += found.trusted
        secrets += found.secrets
    return KeyFile(tuple(trusted), tuple(secrets), tuple(faults))


def _entries(document: Any) -> list[Any]:
    if isinstance(document, dict) and isinstance(document.get("keys"), list):
        return list(document["keys"])
    return document if isinstance(document, list) else [document]


def _plain(error: Exception) -> str:
    """Our own words; those of libraries may repeat what a file holds."""
    return str(error) if isinstance(error, _UnusableError) else "no key of Ed25519 or P-256 that can be read"


class _UnusableError(ValueError):
    """Something that is no key of ours to use, in words for whoever gave the file."""


def _from_pem(block: re.Match[str]) -> KeyFile:
    content = block[0].encode()
    if block[1] == "CERTIFICATE":
        return KeyFile((named(x509.load_pem_x509_certificate(content).public_key()),))
    return KeyFile((named(serialization.load_pem_public_key(content)),))


def _from_json(entry: Any) -> KeyFile:
    if not isinstance(entry, dict):
        message = "not a JSON object"
        raise _UnusableError(message)
    if "kty" in entry:
        return _from_jwk(entry)
    trusted, secrets = [], []
    signing = entry.get("signing_key", entry)
    if isinstance(signing, dict) and isinstance(signing.get("public_key_hex"), str):
        public = _from_hex(str(signing.get("algorithm")), bytes.fromhex(signing["public_key_hex"]))
        trusted.append(named(public, signing.get("kid")))
    locking = entry.get("encryption_key", entry)
    if isinstance(locking, dict) and isinstance(locking.get("symmetric_key_hex"), str):
        secrets.append(_secret(bytes.fromhex(locking["symmetric_key_hex"])))
    if not trusted and not secrets:
        message = "no `signing_key` with a `public_key_hex`, and no JWK"
        raise _UnusableError(message)
    return KeyFile(tuple(trusted), tuple(secrets))


def _from_jwk(jwk: dict[str, Any]) -> KeyFile:
    parts = {name: jwk[name] for name in ("kty", "crv", "x", "y", "k") if isinstance(jwk.get(name), str)}
    match parts:
        case {"kty": "OKP", "crv": "Ed25519", "x": x}:
            public = _from_hex("EdDSA", decode_segment(x))
        case {"kty": "EC", "crv": "P-256", "x": x, "y": y}:
            raw = decode_segment(x).rjust(32, b"\0") + decode_segment(y).rjust(32, b"\0")
            public = _from_hex("ES256", raw)
        case {"kty": "oct", "k": k}:
            return KeyFile(secrets=(_secret(decode_segment(k)),))
        case _:
            message = "a JWK that is neither Ed25519 nor P-256"
            raise _UnusableError(message)
    return KeyFile((named(public, jwk.get("kid")),))


def _from_hex(algorithm: str, raw: bytes) -> object:
    if algorithm in {"EdDSA", "Ed25519"}:
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    if algorithm in {"ES256", "ESP256"}:
        point = raw if len(raw) in {33, 65} else b"\x04" + raw
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    message = "the algorithm must be EdDSA or ES256"
    raise _UnusableError(message)


def _secret(raw: bytes) -> bytes:
    if len(raw) not in _SECRET_BYTES:
        message = "a secret key must have 16, 24 or 32 bytes"
        raise _UnusableError(message)
    return raw
