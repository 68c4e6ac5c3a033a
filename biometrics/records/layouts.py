"""The layouts of the four formats: which field follows which.

Sources: ISO/IEC 19794-2:2005 7.3-7.5, ISO/IEC 19794-2:2011 8.2-8.5, ANSI/INCITS 378-2004 6, ANSI/INCITS 378-2009 6
(and its Amendment 1, which bears version 035 and is laid out alike).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from biometrics.records.cursor import Cursor
from biometrics.records.model import Frame, MinutiaeRecord, RecordFormat, View
from biometrics.records.views import (
    checked_frame,
    read_extended,
    read_frame,
    read_minutiae,
    read_position,
    refuse_none,
    remark_impression,
    remark_quality,
)

__all__ = ["Layout", "read_ansi_2004", "read_ansi_2009", "read_iso_2005", "read_iso_2011"]

Layout = Callable[[Cursor], MinutiaeRecord]

# ISO/IEC 19794-2:2011 8.3.5: sixteen views of each of eleven positions.
MAX_VIEWS_2011 = 176


class Device(NamedTuple):
    certification: int
    identifier: int


def read_iso_2005(cursor: Cursor) -> MinutiaeRecord:
    """A record header of 24 bytes and its views."""
    version = _version(cursor)
    _bound(cursor, 4)
    device = _device(cursor)
    views = _views_with_common_frame(cursor, RecordFormat.ISO_2005)
    return _record(cursor, RecordFormat.ISO_2005, version, views, device=device)


def read_ansi_2004(cursor: Cursor) -> MinutiaeRecord:
    """A record header of 26 bytes (30 with the long length) and its views."""
    version = _version(cursor)
    length_size = 2 if cursor.data[8:10] != b"\0\0" else 6
    _bound(cursor, length_size)
    owner, product = cursor.number(2, "product owner"), cursor.number(2, "product type")
    device = _device(cursor)
    views = _views_with_common_frame(cursor, RecordFormat.ANSI_2004)
    return _record(cursor, RecordFormat.ANSI_2004, version, views, owner=owner, product=product, device=device)


def read_ansi_2009(cursor: Cursor) -> MinutiaeRecord:
    """A record header of 21 bytes; each view has its own image."""
    version = _version(cursor)
    _bound(cursor, 4)
    owner, product = cursor.number(2, "product owner"), cursor.number(2, "product type")
    device = Device(cursor.number(1, "certification"), cursor.number(2, "capture device"))
    count = _count(cursor)
    views = tuple(_view_ansi_2009(cursor) for _ in range(count))
    return _record(cursor, RecordFormat.ANSI_2009, version, views, owner=owner, product=product, device=device)


def read_iso_2011(cursor: Cursor) -> MinutiaeRecord:
    """A record header of 15 bytes and representations, each of which states its length."""
    version = _version(cursor)
    _bound(cursor, 4)
    at = cursor.offset
    count = cursor.number(2, "number of representations")
    refuse_none(cursor, count, at)
    if count > MAX_VIEWS_2011:
        raise cursor.refuse(f"{count} representations, at most {MAX_VIEWS_2011} exist", at)
    certified = cursor.number(1, "certification flag")
    if certified > 1:
        raise cursor.refuse(f"certification flag {certified} is neither 0 nor 1", cursor.offset - 1)
    views, devices = [], []
    for _ in range(count):
        view, device = _representation(cursor, certified=bool(certified))
        views.append(view)
        devices.append(device)
    return _record(cursor, RecordFormat.ISO_2011, version, tuple(views), device=Device(certified, devices[0]))


def _version(cursor: Cursor) -> str:
    cursor.take(4, "format identifier")
    return cursor.take(4, "version")[:3].decode("ascii").strip()


def _bound(cursor: Cursor, size: int) -> None:
    """Read the record's length of `size` bytes and let reading end there.

    Zero bytes behind the record are the rest of a fixed buffer (the vectors of SourceAFIS have them): remarked.
    """
    at = cursor.offset
    length = cursor.number(size, "record length")
    if length > cursor.end:
        raise cursor.refuse(f"the record states {length} bytes, {cursor.end} are there", at)
    if length < cursor.offset:
        raise cursor.refuse(f"the record states {length} bytes, less than its header", at)
    if cursor.data[length:].strip(b"\0"):
        raise cursor.refuse(f"{len(cursor.data) - length} bytes behind the record", length)
    if length < len(cursor.data):
        cursor.remark(f"{len(cursor.data) - length} zero bytes behind the record", length)
    cursor.end = length


def _device(cursor: Cursor) -> Device:
    bits = cursor.number(2, "capture device")
    return Device(bits >> 12, bits & 0xFFF)


def _count(cursor: Cursor) -> int:
    """The number of views and the reserved byte behind it."""
    count = cursor.number(1, "number of views")
    refuse_none(cursor, count, cursor.offset - 1)
    if cursor.number(1, "reserved byte"):
        cursor.remark("the reserved byte is not 0", cursor.offset - 1)
    return count


def _views_with_common_frame(cursor: Cursor, record_format: RecordFormat) -> tuple[View, ...]:
    frame = read_frame(cursor)
    count = _count(cursor)
    return tuple(_view_2005(cursor, record_format, frame) for _ in range(count))


def _view_2005(cursor: Cursor, record_format: RecordFormat, frame: Frame) -> View:
    position = read_position(cursor)
    bits = cursor.number(1, "view number and impression type")
    remark_impression(cursor, bits & 0xF, cursor.offset - 1)
    quality = cursor.number(1, "finger quality")
    remark_quality(cursor, quality, cursor.offset - 1)
    minutiae = read_minutiae(cursor, record_format, frame)
    return View(position, bits >> 4, bits & 0xF, quality, frame, minutiae, read_extended(cursor))


def _view_ansi_2009(cursor: Cursor) -> View:
    position = read_position(cursor)
    number = cursor.number(1, "view number")
    impression = cursor.number(1, "impression type")
    remark_impression(cursor, impression, cursor.offset - 1)
    quality = cursor.number(1, "finger quality")
    remark_quality(cursor, quality, cursor.offset - 1)
    cursor.take(4, "quality algorithm")
    frame = read_frame(cursor)
    minutiae = read_minutiae(cursor, RecordFormat.ANSI_2009, frame)
    return View(position, number, impression, quality, frame, minutiae, read_extended(cursor))


def _representation(cursor: Cursor, *, certified: bool) -> tuple[View, int]:
    at = cursor.offset
    length = cursor.number(4, "representation length")
    if length < 4:
        raise cursor.refuse(f"a representation of {length} bytes does not hold its own length", at)
    body = cursor.within(length - 4, "representation")
    body.take(9, "capture date and time")
    body.take(3, "capture device technology and vendor")
    device = body.number(2, "capture device")
    quality = _quality_blocks(body)
    if certified:
        body.take(3 * body.number(1, "number of certification blocks"), "certification blocks")
    view = _view_2011(body, quality)
    if body.left:
        raise body.refuse(f"{body.left} bytes left at the end of a representation")
    return view, device


def _quality_blocks(body: Cursor) -> int:
    """The first quality of the blocks of five bytes; 254, not reported, if there are none."""
    count = body.number(1, "number of quality blocks")
    at = body.offset
    blocks = body.take(5 * count, "quality blocks")
    if not blocks:
        return 254
    remark_quality(body, blocks[0], at)
    return blocks[0]


def _view_2011(body: Cursor, quality: int) -> View:
    position = read_position(body)
    number = body.number(1, "representation number")
    resolution_at = body.offset
    resolution_x, resolution_y = body.number(2, "resolution"), body.number(2, "resolution")
    impression = body.number(1, "impression type")
    remark_impression(body, impression, body.offset - 1)
    size_at = body.offset
    width, height = body.number(2, "image width"), body.number(2, "image height")
    frame = Frame(width, height, resolution_x, resolution_y)
    checked_frame(body, frame, size_at=size_at, resolution_at=resolution_at)
    size = body.number(1, "minutia field length and ridge ending type") >> 4
    if size not in {5, 6}:
        raise body.refuse(f"minutiae of {size} bytes, neither 5 nor 6", body.offset - 1)
    minutiae = read_minutiae(body, RecordFormat.ISO_2011, frame, with_quality=size == 6)
    return View(position, number, impression, quality, frame, minutiae, read_extended(body))


def _record(
    cursor: Cursor,
    record_format: RecordFormat,
    version: str,
    views: tuple[View, ...],
    *,
    device: Device,
    owner: int = 0,
    product: int = 0,
) -> MinutiaeRecord:
    if cursor.left:
        raise cursor.refuse(f"{cursor.left} bytes left behind the last view")
    return MinutiaeRecord(
        format=record_format,
        version=version,
        views=views,
        owner=owner,
        product=product,
        certification=device.certification,
        device=device.identifier,
        remarks=tuple(cursor.remarks),
    )
