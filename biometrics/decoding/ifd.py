"""Image file directories: the tagged fields that TIFF 6.0 and EXIF share. Only the first directory is ever followed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from biometrics.decoding.cursor import Cursor, Unreadable
from biometrics.decoding.header import INCH_CM
from biometrics.errors import Reason

__all__ = ["Directory", "read_directory"]

_ORDERS: dict[bytes, Literal["big", "little"]] = {b"II": "little", b"MM": "big"}
# Field types (TIFF 6.0 section 2): name of the number for struct; RATIONAL is two of them.
_BYTE, _SHORT, _LONG, _RATIONAL = 1, 3, 4, 5
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_LETTERS = {_BYTE: "B", _SHORT: "H", _LONG: "L"}
_FIELDS = 512
# Values of one field; a strip for each row of the highest picture is fewer.
_VALUES = 1 << 17
_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT, _ORIENTATION = 282, 283, 296, 274


@dataclass(frozen=True, slots=True)
class _Field:
    kind: int
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The fields of one directory, by tag, where they stand in `data`."""

    data: bytes
    order: Literal["big", "little"]
    fields: dict[int, _Field]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The values of a BYTE, SHORT or LONG field; none if it is absent or of another type.

        Raises:
            Unreadable: the values stand beyond the end, or are more than an honest file has.
        """
        field = self.fields.get(tag)
        if field is None or field.kind not in _LETTERS:
            return ()
        size = _SIZES[field.kind] * field.count
        if field.count > _VALUES or field.at + size > len(self.data):
            raise Unreadable(
                Reason.SAMPLE_MALFORMED, f"{field.count} values of tag {tag} are too many, or beyond the end", field.at
            )
        mark = "<" if self.order == "little" else ">"
        return struct.unpack_from(f"{mark}{field.count}{_LETTERS[field.kind]}", self.data, field.at)

    def number(self, tag: int, default: int) -> int:
        """The first value of a field."""
        numbers = self.numbers(tag)
        return numbers[0] if numbers else default

    def ratio(self, tag: int) -> float | None:
        """The first value of a RATIONAL field."""
        field = self.fields.get(tag)
        if field is None or field.kind != _RATIONAL or field.count < 1 or field.at + 8 > len(self.data):
            return None
        above = int.from_bytes(self.data[field.at : field.at + 4], self.order)
        below = int.from_bytes(self.data[field.at + 4 : field.at + 8], self.order)
        return above / below if below else None

    @property
    def orientation(self) -> int:
        """1 to 8; 1 where it is absent or no such number."""
        told = self.number(_ORIENTATION, 1)
        return told if 1 <= told <= 8 else 1

    @property
    def told(self) -> tuple[float, float] | None:
        """Pixels per inch, horizontally and vertically."""
        x, y = self.ratio(_RESOLUTION_X), self.ratio(_RESOLUTION_Y)
        scale = {2: 1.0, 3: INCH_CM}.get(self.number(_RESOLUTION_UNIT, 2))
        if x is None or y is None or scale is None:
            return None
        return x * scale, y * scale


def read_directory(data: bytes) -> Directory:
    """The first directory of a TIFF structure.

    Raises:
        Unreadable: the structure breaks off, or has more fields than an honest file.
    """
    order = _ORDERS.get(data[:2])
    if order is None:
        raise Unreadable(Reason.SAMPLE_MALFORMED, "neither II nor MM", 0)
    at = Cursor(data, 2, order=order)
    if at.number(2, "version") != 42:
        raise at.failure("no TIFF of 32-bit offsets", Reason.SAMPLE_FORMAT, back=2)
    at.offset = at.number(4, "offset of the first directory")
    count = at.number(2, "number of fields")
    if count > _FIELDS:
        raise at.failure(f"{count} fields, {_FIELDS} allowed", back=2)
    fields: dict[int, _Field] = {}
    for _ in range(count):
        tag, kind, values = at.number(2, "tag"), at.number(2, "type"), at.number(4, "count")
        inside = _SIZES.get(kind, 8) * values <= 4
        begin = at.offset if inside else int.from_bytes(data[at.offset : at.offset + 4], order)
        at.skip(4, "value")
        fields.setdefault(tag, _Field(kind, values, begin))
    return Directory(data, order, fields)
