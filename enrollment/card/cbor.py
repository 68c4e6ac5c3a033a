"""CBOR (RFC 8949) as cards need it: every valid encoding is read, plain values only come out.

A reader of its own, because what is read comes from strangers: general ones turn tags into dates, fractions, sets or
circles, and compute what a tag asks for. Here a tag stays a tag. Map keys are whole numbers or texts, each once.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["MalformedError", "Tagged", "encoded", "read"]

MAX_DEPTH = 16
_BREAK = object()
_INDEFINITE = 31
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}


class MalformedError(Exception):
    """No CBOR, or none that a card can be made of."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag with what it stands before."""

    tag: int
    value: Any


def read(content: bytes) -> Any:
    """The one value that `content` is: int, float, bool, None, str, bytes, list, dict or `Tagged`.

    Raises `MalformedError` for anything else: cut off, followed by more, deeper than 16, a key twice, a key that is
    neither a whole number nor a text.
    """
    reader = _Reader(content)
    value = reader.value(0)
    if value is _BREAK or reader.place != len(content):
        raise MalformedError
    return value


def encoded(value: Any) -> bytes:
    """`value` in the deterministic encoding (RFC 8949 section 4.2.1).

    TypeError for anything but int, str, bytes, list, dict with such keys, or `Tagged`.
    """
    match value:
        case bool():
            raise TypeError(value)
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case Tagged(tag, inner):
            return _head(6, tag) + encoded(inner)
        case Mapping():
            pairs = sorted((encoded(key), encoded(one)) for key, one in value.items())
            return _head(5, len(pairs)) + b"".join(key + one for key, one in pairs)
        case Sequence():
            return _head(4, len(value)) + b"".join(map(encoded, value))
        case _:
            raise TypeError(value)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for extra, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if number < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | extra]) + struct.pack(form, number)
    raise OverflowError


class _Reader:
    """Reads from front to back; what is still there bounds every length before anything is made of it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def value(self, depth: int) -> Any:
        """The next value, or `_BREAK`."""
        if depth > MAX_DEPTH:
            raise MalformedError
        first = self._taken(1)[0]
        major, extra = first >> 5, first & 31
        match major:
            case 7:
                return self._simple(extra)
            case 2 | 3:
                return self._string(major, extra)
            case 4:
                return list(self._items(extra, depth))
            case 5:
                return self._map(extra, depth)
        number = self._number(extra)
        if major == 6:
            inner = self.value(depth + 1)
            if inner is _BREAK:
                raise MalformedError
            return Tagged(number, inner)
        return number if major == 0 else -1 - number

    def _taken(self, count: int) -> bytes:
        taken = self._content[self.place : self.place + count]
        if len(taken) != count:
            raise MalformedError
        self.place += count
        return taken

    def _number(self, extra: int) -> int:
        if extra < 24:
            return extra
        if extra > 27:
            raise MalformedError
        return int.from_bytes(self._taken(1 << extra - 24), "big")

    def _string(self, major: int, extra: int) -> bytes | str:
        if extra != _INDEFINITE:
            return self._chunk(major, self._taken(self._number(extra)))
        chunks: list[bytes] = []
        while (first := self._taken(1)[0]) != 0xFF:
            if first >> 5 != major or first & 31 == _INDEFINITE:
                raise MalformedError
            chunk = self._taken(self._number(first & 31))
            self._chunk(major, chunk)  # each part of a text is a text by itself
            chunks.append(chunk)
        return self._chunk(major, b"".join(chunks))

    @staticmethod
    def _chunk(major: int, chunk: bytes) -> bytes | str:
        try:
            return chunk if major == 2 else chunk.decode()
        except UnicodeDecodeError as error:
            raise MalformedError from error

    def _items(self, extra: int, depth: int) -> list[Any]:
        if extra == _INDEFINITE:
            items = []
            while (item := self.value(depth + 1)) is not _BREAK:
                items.append(item)
            return items
        count = self._number(extra)
        if count > len(self._content) - self.place:
            raise MalformedError
        items = [self.value(depth + 1) for _ in range(count)]
        if _BREAK in items:
            raise MalformedError
        return items

    def _map(self, extra: int, depth: int) -> dict[int | str, Any]:
        """By pairs. `True` and 1.0 would be the key 1 to Python: only whole numbers and texts are keys here."""
        count = None if extra == _INDEFINITE else self._number(extra)
        found: dict[int | str, Any] = {}
        read = 0
        while count is None or read < count:
            key = self.value(depth + 1)
            if key is _BREAK and count is None:
                return found
            if isinstance(key, bool) or not isinstance(key, int | str) or key in found:
                raise MalformedError
            value = self.value(depth + 1)
            if value is _BREAK:
                raise MalformedError
            found[key] = value
            read += 1
        return found

    def _simple(self, extra: int) -> Any:
        if extra == _INDEFINITE:
            return _BREAK
        if extra in _SIMPLE:
            return _SIMPLE[extra]
        if extra in _FLOATS:
            form = _FLOATS[extra]
            number: float = struct.unpack(form, self._taken(struct.calcsize(form)))[0]
            if not math.isfinite(number):
                raise MalformedError
            return number
        raise MalformedError
