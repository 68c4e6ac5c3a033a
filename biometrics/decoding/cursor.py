"""Bounded reading of binary fields, where every step beyond the end is a refusal with its byte offset."""

from __future__ import annotations

from typing import Literal

from biometrics.errors import Reason, Refused

__all__ = ["Cursor", "Unreadable"]


class Unreadable(Exception):  # noqa: N818 - no error: it carries a refusal up to `decode`, and leaves this package never
    """Why bytes cannot be read, on its way up to `decode`, which makes a `Refused` of it."""

    def __init__(self, reason: Reason, detail: str, offset: int | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.offset = offset

    def refusal(self, shift: int = 0) -> Refused:
        """The same as a value; `shift` is where the bytes read began in what the caller sent."""
        return Refused(self.reason, self.detail, None if self.offset is None else self.offset + shift)


class Cursor:
    """A place in `data` that moves forward; reading beyond `end` raises `Unreadable` with `malformed`."""

    def __init__(
        self,
        data: bytes,
        offset: int = 0,
        end: int | None = None,
        *,
        order: Literal["big", "little"] = "big",
        malformed: Reason = Reason.SAMPLE_MALFORMED,
    ) -> None:
        self.data = data
        self.offset = offset
        self.end = len(data) if end is None else min(end, len(data))
        self._order = order
        self._malformed = malformed

    @property
    def left(self) -> int:
        """Bytes before the end."""
        return max(0, self.end - self.offset)

    def take(self, count: int, what: str) -> bytes:
        """The next `count` bytes."""
        if count < 0 or self.offset < 0 or count > self.left:
            raise self.failure(f"{what}: {count} bytes wanted, {self.left} left")
        taken = self.data[self.offset : self.offset + count]
        self.offset += count
        return taken

    def number(self, size: int, what: str) -> int:
        """The next `size` bytes as an unsigned number."""
        return int.from_bytes(self.take(size, what), self._order)

    def signed(self, size: int, what: str) -> int:
        """The next `size` bytes as a number in two's complement."""
        return int.from_bytes(self.take(size, what), self._order, signed=True)

    def skip(self, count: int, what: str) -> None:
        """Passes over `count` bytes."""
        if count < 0 or count > self.left:
            raise self.failure(f"{what}: {count} bytes wanted, {self.left} left")
        self.offset += count

    def failure(self, detail: str, reason: Reason | None = None, back: int = 0) -> Unreadable:
        """The refusal at the present offset, or `back` bytes before it; as malformed where no other reason is given."""
        return Unreadable(reason or self._malformed, detail, self.offset - back)
