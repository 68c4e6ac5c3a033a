"""The bytes inside a passkey's answers: authenticator data, and CBOR of the plain kind that authenticators write.

General CBOR can name dates, patterns and shared values by tags, and lengths that come later; CTAP 2.1 section 8
forbids authenticators all of it. Bytes that use it never reach a general reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

__all__ = ["Attested", "AuthenticatorData", "plain_cbor", "read_authenticator_data"]

HEAD_BYTES = 37
ATTESTED_HEAD_BYTES = 18
MAX_DEPTH = 6
MAX_ITEMS = 1000
_SIMPLE = frozenset({20, 21, 22})  # false, true, null
_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}


@dataclass(frozen=True, slots=True)
class Attested:
    """What authenticator data say of a new credential. `public_key` is its COSE key and any extensions behind it."""

    aaguid: UUID
    credential_id: bytes
    public_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthenticatorData:
    """Authenticator data (Web Authentication Level 3, section 6.1)."""

    rp_id_hash: bytes = field(repr=False)
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    sign_count: int
    attested: Attested | None


def read_authenticator_data(raw: bytes) -> AuthenticatorData | None:
    """Authenticator data as a value, or None where lengths or CBOR do not fit."""
    if len(raw) < HEAD_BYTES:
        return None
    flags, rest = raw[32], raw[HEAD_BYTES:]
    attested = None
    if flags & 0x40:
        attested = _attested(rest)
        if attested is None:
            return None
        rest = attested.public_key
    items = bool(flags & 0x40) + bool(flags & 0x80)
    if not plain_cbor(rest, items=items):
        return None
    return AuthenticatorData(
        rp_id_hash=raw[:32],
        user_present=bool(flags & 0x01),
        user_verified=bool(flags & 0x04),
        backup_eligible=bool(flags & 0x08),
        backed_up=bool(flags & 0x10),
        sign_count=int.from_bytes(raw[33:HEAD_BYTES], "big"),
        attested=attested,
    )


def _attested(rest: bytes) -> Attested | None:
    length = int.from_bytes(rest[16:ATTESTED_HEAD_BYTES], "big")
    end = ATTESTED_HEAD_BYTES + length
    if len(rest) < end or not length:
        return None
    return Attested(UUID(bytes=rest[:16]), rest[ATTESTED_HEAD_BYTES:end], rest[end:])


def plain_cbor(raw: bytes, *, items: int = 1) -> bool:
    """True when `raw` is `items` CBOR items and nothing else, of integers, strings, arrays, maps, booleans, null."""
    reader = _Reader(raw)
    return all(reader.item(0) for _ in range(items)) and reader.place == len(raw)


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._items = 0
        self.place = 0

    def item(self, depth: int) -> bool:
        """Step over one item; False when it is not plain, too deep, or one too many."""
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS or self.place >= len(self._raw):
            return False
        major, small = divmod(self._raw[self.place], 32)
        self.place += 1
        if major == 7:
            return small in _SIMPLE
        argument = self._argument(small)
        if argument is None or major == 6:
            return False
        if major in {0, 1}:
            return True
        if major in {2, 3}:
            self.place += argument
            return self.place <= len(self._raw)
        inside = argument * (2 if major == 5 else 1)
        return inside <= MAX_ITEMS and all(self.item(depth + 1) for _ in range(inside))

    def _argument(self, small: int) -> int | None:
        if small < 24:
            return small
        width = _ARGUMENT_BYTES.get(small)
        if width is None or self.place + width > len(self._raw):
            return None
        self.place += width
        return int.from_bytes(self._raw[self.place - width : self.place], "big")
