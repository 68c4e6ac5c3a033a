"""Public keys of stations: P-256 points that come as JSON Web Keys, are named by thumbprint and check signatures."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["StationKey"]

FIELD_BYTES = 32
_ENCODED = 43


@dataclass(frozen=True, slots=True)
class StationKey:
    """A public key on P-256. `point` is its uncompressed form (SEC 1 section 2.3.3), 65 bytes."""

    point: bytes = field(repr=False)

    @classmethod
    def from_jwk(cls, document: Mapping[str, Any]) -> StationKey | None:
        """The key of a JSON Web Key (RFC 7518 section 6.2.1); None for whatever is no public point of P-256.

        A document with a private half is none, too: a key that has been sent around is not a station's own.
        """
        if document.get("kty") != "EC" or document.get("crv") != "P-256" or "d" in document:
            return None
        x, y = _coordinate(document.get("x")), _coordinate(document.get("y"))
        if x is None or y is None:
            return None
        point = b"\x04" + x + y
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError:
            return None
        return cls(point)

    @classmethod
    def of(cls, key: ec.EllipticCurvePublicKey) -> StationKey:
        """The same from a key object; raises ValueError for another curve."""
        if not isinstance(key.curve, ec.SECP256R1):
            message = "not a key on P-256"
            raise ValueError(message)  # noqa: TRY004 - the type is right, the curve is not
        return cls(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def jwk(self) -> dict[str, str]:
        """As a JSON Web Key, required members only."""
        x, y = self.point[1 : 1 + FIELD_BYTES], self.point[1 + FIELD_BYTES :]
        return {"crv": "P-256", "kty": "EC", "x": _encoded(x), "y": _encoded(y)}

    @property
    def key_id(self) -> str:
        """The SHA-256 thumbprint (RFC 7638), 43 signs."""
        x, y = self.jwk["x"], self.jwk["y"]
        return _encoded(hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest())

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """True when `signature` (ES256: r and s, 32 bytes each, RFC 7518 section 3.4) is this key's over `message`."""
        if len(signature) != 2 * FIELD_BYTES:
            return False
        r = int.from_bytes(signature[:FIELD_BYTES], "big")
        s = int.from_bytes(signature[FIELD_BYTES:], "big")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)
        try:
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def _coordinate(value: object) -> bytes | None:
    """32 bytes in unpadded base64url, of which there is one spelling only."""
    if not isinstance(value, str) or len(value) != _ENCODED or not value.isascii():
        return None
    try:
        decoded = urlsafe_b64decode(f"{value}=")
    except ValueError:
        return None
    return decoded if len(decoded) == FIELD_BYTES and _encoded(decoded) == value else None


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
