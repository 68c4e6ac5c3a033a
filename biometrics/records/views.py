"""Reading what all formats share: finger position, image frame, minutiae, extended data.

Judged strictly, because a wrong reading would make a wrong decision about a person: lengths, minutia kinds, angles,
single finger positions, resolution present. Judged leniently, with a remark, because records in the field differ and
the minutiae are as good as before: reserved bytes, unknown impression types, quality codes of a later edition,
coordinates outside the stated image, the inside of extended data.
"""

from __future__ import annotations

import struct

from biometrics.errors import Reason
from biometrics.fingerprint.template import MinutiaKind
from biometrics.records.cursor import Cursor
from biometrics.records.extended import blocks
from biometrics.records.model import Frame, ImpressionType, RecordFormat, RecordMinutia
from biometrics.sample import FingerPosition

__all__ = [
    "checked_frame",
    "read_extended",
    "read_frame",
    "read_minutiae",
    "read_position",
    "refuse_none",
    "remark_impression",
    "remark_quality",
]

# 250 pixels per inch, the least that ISO/IEC 19794-2:2005 7.3.6 allows.
LEAST_RESOLUTION = 98
KINDS = {int(kind): kind for kind in MinutiaKind}
IMPRESSIONS = frozenset(int(impression) for impression in ImpressionType)
QUALITIES = frozenset({*range(101), 254, 255})


def read_position(cursor: Cursor) -> FingerPosition:
    """One byte. Positions of several fingers at once (11 and above) cannot be compared as one finger: refused."""
    offset = cursor.offset
    code = cursor.number(1, "finger position")
    if code > FingerPosition.LEFT_LITTLE:
        raise cursor.refuse(f"finger position {code} is not a single finger", offset)
    return FingerPosition(code)


def remark_impression(cursor: Cursor, code: int, offset: int) -> None:
    """Remark on an unknown impression type."""
    if code not in IMPRESSIONS:
        cursor.remark(f"unknown impression type {code}", offset)


def remark_quality(cursor: Cursor, quality: int, offset: int) -> None:
    """Remark on a quality of 101 to 253."""
    if quality not in QUALITIES:
        cursor.remark(f"quality {quality} is reserved", offset)


def read_frame(cursor: Cursor) -> Frame:
    """Eight bytes: width, height, resolutions. No resolution means no scale: refused. No size: remarked."""
    offset = cursor.offset
    frame = Frame(*struct.unpack(">4H", cursor.take(8, "image size and resolution")))
    return checked_frame(cursor, frame, size_at=offset, resolution_at=offset + 4)


def checked_frame(cursor: Cursor, frame: Frame, *, size_at: int, resolution_at: int) -> Frame:
    """`frame`, judged: `size_at` and `resolution_at` are the bytes where its parts begin."""
    if frame.resolution_x == 0 or frame.resolution_y == 0:
        at = resolution_at if frame.resolution_x == 0 else resolution_at + 2
        raise cursor.refuse("the resolution is 0 pixels per centimetre", at)
    if min(frame.resolution_x, frame.resolution_y) < LEAST_RESOLUTION:
        cursor.remark("the resolution is below 98 pixels per centimetre", resolution_at)
    if frame.width == 0 or frame.height == 0:
        cursor.remark("the image size is 0", size_at)
    return frame


def read_minutiae(
    cursor: Cursor, record_format: RecordFormat, frame: Frame, *, with_quality: bool = True
) -> tuple[RecordMinutia, ...]:
    """The count and its minutiae of six bytes each (five without quality: then 254, not reported)."""
    count = cursor.number(1, "number of minutiae")
    start, size = cursor.offset, 6 if with_quality else 5
    block = cursor.take(count * size, f"{count} minutiae")
    minutiae = []
    for index, row in enumerate(struct.iter_unpack(">HHBB" if with_quality else ">HHB", block)):
        at = start + index * size
        kind, x, y, angle = row[0] >> 14, row[0] & 0x3FFF, row[1], row[2]
        quality = row[3] if with_quality else 254
        if kind not in KINDS:
            raise cursor.refuse("minutia kind 3 is reserved", at)
        if y > 0x3FFF:
            raise cursor.refuse("the reserved bits of a y coordinate are set", at + 2)
        if angle >= record_format.angle_steps:
            raise cursor.refuse(f"angle {angle} is more than a turn", at + 4)
        if x >= frame.width or y >= frame.height:
            cursor.remark("a minutia lies outside the image", at)
        remark_quality(cursor, quality, at + 5)
        minutiae.append(RecordMinutia(KINDS[kind], x, y, angle, quality))
    return tuple(minutiae)


def read_extended(cursor: Cursor) -> bytes:
    """The area of extended data, as bytes; remarked where it does not divide into blocks."""
    length = cursor.number(2, "length of the extended data")
    at = cursor.offset
    area = cursor.take(length, "extended data")
    if blocks(area) is None:
        cursor.remark("the extended data do not divide into blocks", at)
    return area


def refuse_none(cursor: Cursor, count: int, offset: int) -> None:
    """A record without a view says nothing."""
    if count == 0:
        raise cursor.refuse("the record holds no view", offset, Reason.RECORD_MALFORMED)
