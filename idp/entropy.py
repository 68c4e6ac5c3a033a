"""Randomness, the only door to it: secrets, identifiers, and the digests under which secrets are stored.

Every single-use secret has a kind. The kind is part of the text people and logs may see (`wc_...` is a code)
and part of the digest, so a value of one kind can never be found where another kind is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from idp.clock import Clock

__all__ = ["Entropy", "SecretKind", "digest", "has_kind", "same_digest"]

SECRET_BYTES = 32
_ENCODED_LENGTH = 43


class SecretKind(StrEnum):
    """What a random secret is for; the value is the prefix it carries."""

    AUTHORIZATION_CODE = "wc"
    REFRESH_TOKEN = "wr"
    CLIENT_SECRET = "ws"
    BROWSER = "wb"
    DEVICE = "wd"
    SESSION = "wn"
    TRANSACTION = "wt"
    TOTP_ATTEMPT = "wa"
    NOTICE_LINK = "wl"
    ACTIVATION = "wx"
    RECOVERY = "wv"
    REGISTRATION = "we"
    CLAIM = "wm"


class Entropy:
    """Random values. One per process; `clock` orders the identifiers it makes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def secret(self, kind: SecretKind) -> str:
        """A secret of 256 random bits with the prefix of its kind, 46 URL-safe characters."""
        return f"{kind.value}_{urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES))[:-1].decode()}"

    def bytes(self, count: int) -> bytes:
        """`count` random bytes from the operating system."""
        return os.urandom(count)

    def uuid(self) -> UUID:
        """A version 7 UUID (RFC 9562 section 5.7): 48 bits of milliseconds, 74 random bits."""
        milliseconds = int(self._clock.epoch() * 1000) & 0xFFFFFFFFFFFF
        tail = int.from_bytes(os.urandom(10), "big")
        high = (milliseconds << 16) | 0x7000 | (tail >> 68)
        low = (0b10 << 62) | (tail & 0x3FFFFFFFFFFFFFFF)
        return UUID(int=(high << 64) | low)

    def identifier(self) -> str:
        """A version 7 UUID as 32 hexadecimal digits: what `uuid` gives, without the object, for hot paths."""
        milliseconds = int(self._clock.epoch() * 1000) & 0xFFFFFFFFFFFF
        tail = int.from_bytes(os.urandom(10), "big")
        return f"{milliseconds:012x}7{tail >> 68:03x}{0b10 << 62 | tail & 0x3FFFFFFFFFFFFFFF:016x}"

    def opaque_uuid(self) -> UUID:
        """A version 4 UUID (RFC 9562 section 5.4) for identifiers that leave the house: it tells no time."""
        return UUID(bytes=os.urandom(16), version=4)


def has_kind(kind: SecretKind, secret: str) -> bool:
    """True when `secret` has the shape of that kind; says nothing of whether it was ever issued."""
    return secret.startswith(f"{kind.value}_") and len(secret) == len(kind.value) + 1 + _ENCODED_LENGTH


def digest(kind: SecretKind, secret: str) -> bytes:
    """What is stored in place of a random secret: SHA-256 over its kind and its text, 32 bytes.

    Fast on purpose: the secret has 256 random bits, so there is nothing to guess (decisions: argon2id is for people).
    """
    return hashlib.sha256(f"{kind.value}\0{secret}".encode("utf-8", "surrogatepass")).digest()


def same_digest(left: bytes, right: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(left, right)
