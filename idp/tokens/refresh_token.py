"""Refresh tokens: opaque, never stored, each derived from the one before.

A token is 16 bytes that name its family and 32 secret bytes. The next token's secret is a MAC over the present one,
so an identical retry (a lost answer on a bad network) gets the very same successor without our keeping it anywhere,
while whoever holds only an old token, or only our database, can derive nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from idp.entropy import Entropy, SecretKind, digest
from idp.errors import Code, Refusal

__all__ = ["RefreshToken", "successor"]

HANDLE_BYTES = 16
SECRET_BYTES = 32
_PREFIX = f"{SecretKind.REFRESH_TOKEN.value}_"
_ENCODED_CHARS = 64


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token taken apart. Whether it was ever issued only the store knows."""

    handle: bytes
    secret: bytes

    @classmethod
    def first(cls, code: str, entropy: Entropy) -> RefreshToken:
        """The first token of the family that begins with this authorization code.

        The handle comes from the code, which has 256 random bits and is spent: so the store can know the handle's
        digest from the moment the grant opens, and nobody who holds less than the code can tell the handle.
        """
        return cls(hashlib.sha256(b"refresh-family\0" + code.encode()).digest()[:HANDLE_BYTES],
                   entropy.bytes(SECRET_BYTES))  # fmt: skip

    @classmethod
    def parse(cls, text: str) -> RefreshToken | Refusal:
        """Take a token apart; anything cut, lengthened or re-spelled is refused without a look at the store."""
        encoded = text.removeprefix(_PREFIX)
        if len(encoded) != _ENCODED_CHARS or len(text) != len(_PREFIX) + _ENCODED_CHARS or not encoded.isascii():
            return Refusal(Code.TOKEN_MALFORMED, "not the shape of a refresh token")
        try:
            raw = urlsafe_b64decode(encoded)
        except ValueError:
            return Refusal(Code.TOKEN_MALFORMED, "not base64url")
        token = cls(raw[:HANDLE_BYTES], raw[HANDLE_BYTES:])
        return token if token.text() == text else Refusal(Code.TOKEN_MALFORMED, "not canonical")

    def text(self) -> str:
        """What the client holds, 67 characters."""
        return _PREFIX + urlsafe_b64encode(self.handle + self.secret).decode()

    def handle_digest(self) -> bytes:
        """What finds the family in the store."""
        return hashlib.sha256(b"refresh-handle\0" + self.handle).digest()

    def secret_digest(self) -> bytes:
        """What proves that this is the family's live token."""
        return digest(SecretKind.REFRESH_TOKEN, self.text())


def successor(token: RefreshToken, key: bytes) -> RefreshToken:
    """The token that follows `token` in its family, under the installation's refresh key (32 bytes)."""
    return RefreshToken(token.handle, hmac.digest(key, b"successor\0" + token.handle + token.secret, hashlib.sha256))
