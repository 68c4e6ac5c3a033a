"""A bounded reader over untrusted bytes, which knows at every moment at which byte it stands."""

from __future__ import annotations

from biometrics.errors import Reason, Refused
from biometrics.records.model import Remark

__all__ = ["Cursor", "MalformedRecord"]

# A hostile record could earn thousands of remarks; the first ones say what is wrong with it.
MAX_REMARKS = 16


class MalformedRecord(Exception):  # noqa: N818 - a way out of nested reading, never an error that leaves the package
    """Carries a refusal from the byte it happens at to the door of the package."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


class Cursor:
    """Big-endian reading within `data[offset:end]`. A read past the end refuses the record at that byte."""

    def __init__(self, data: bytes, offset: int, end: int, remarks: list[Remark]) -> None:
        self.data = data
        self.offset = offset
        self.end = end
        self.remarks = remarks

    def refuse(
        self, detail: str, offset: int | None = None, reason: Reason = Reason.RECORD_MALFORMED
    ) -> MalformedRecord:
        """The refusal at `offset` (default: here), to be raised."""
        return MalformedRecord(Refused(reason, detail, self.offset if offset is None else offset))

    def remark(self, text: str, offset: int) -> None:
        """Note something unusual that we tolerate."""
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(Remark(offset, text))

    def take(self, length: int, what: str) -> bytes:
        """The next `length` bytes."""
        if length > self.end - self.offset:
            raise self.refuse(f"{what} takes {length} bytes, {self.end - self.offset} are left")
        start = self.offset
        self.offset += length
        return self.data[start : self.offset]

    def number(self, length: int, what: str) -> int:
        """An unsigned number of `length` bytes."""
        return int.from_bytes(self.take(length, what))

    def within(self, length: int, what: str) -> Cursor:
        """A reader of the next `length` bytes alone; this one goes on behind them."""
        start = self.offset
        self.take(length, what)
        return Cursor(self.data, start, start + length, self.remarks)

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return self.end - self.offset
