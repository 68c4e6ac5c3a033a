"""Writing ISO/IEC 19794-2:2005, and turning records of the other formats into it."""

from __future__ import annotations

import struct
from dataclasses import replace

from biometrics.errors import Reason, Refused
from biometrics.records.model import MAX_BYTES, MAX_COORDINATE, MAX_MINUTIAE, MinutiaeRecord, RecordFormat, View

__all__ = ["as_iso_2005", "write"]

HEADER = struct.Struct(">4s4sIH4HBB")
VIEW = struct.Struct(">4B")
MINUTIA = struct.Struct(">HHBB")


def write(record: MinutiaeRecord) -> bytes | Refused:
    """The bytes of `record`, which must be of format `ISO_2005` (ISO/IEC 19794-2:2005 7.3-7.5).

    Refused with `Reason.RECORD_INEXPRESSIBLE` if a number does not fit its field, the views differ in their image,
    or the record is of another format (see `as_iso_2005`).
    """
    problem = _inexpressible(record)
    if problem:
        return Refused(Reason.RECORD_INEXPRESSIBLE, problem)
    frame = record.views[0].frame
    body = b"".join(_view(view) for view in record.views)
    length = HEADER.size + len(body)
    if length > MAX_BYTES:
        return Refused(Reason.RECORD_INEXPRESSIBLE, f"{length} bytes, at most {MAX_BYTES} are written")
    device = record.certification << 12 | record.device
    return HEADER.pack(b"FMR\0", b" 20\0", length, device, *frame, len(record.views), 0) + body


def as_iso_2005(record: MinutiaeRecord) -> MinutiaeRecord | Refused:
    """`record` said in ISO/IEC 19794-2:2005: angles in 2 pi/256, codes that the edition lacks as not reported.

    What has no place there is left out: product identifiers, further quality blocks, date and time. Refused with
    `Reason.RECORD_INEXPRESSIBLE` where the result could not be written.
    """
    steps = record.format.angle_steps
    views = tuple(_view_as_iso_2005(view, steps) for view in record.views)
    device = record.device if record.device <= 0xFFF else 0
    certification = record.certification if record.format in {RecordFormat.ISO_2005, RecordFormat.ANSI_2004} else 0
    converted = replace(
        record,
        format=RecordFormat.ISO_2005,
        version="20",
        views=views,
        owner=0,
        product=0,
        certification=certification,
        device=device,
        remarks=(),
    )
    problem = _inexpressible(converted)
    return Refused(Reason.RECORD_INEXPRESSIBLE, problem) if problem else converted


def _view_as_iso_2005(view: View, steps: int) -> View:
    minutiae = tuple(
        minutia._replace(
            angle=round(minutia.angle * 256 / steps) % 256,
            quality=minutia.quality if minutia.quality <= 100 else 0,
        )
        for minutia in view.minutiae
    )
    # Codes from 9 on came with later editions and do not fit the four bits: a plain print is the nearest.
    impression = view.impression if view.impression <= 8 else 0
    return replace(view, minutiae=minutiae, impression=impression, quality=min(view.quality, 254))


def _view(view: View) -> bytes:
    number = view.number << 4 | view.impression
    minutiae = b"".join(
        MINUTIA.pack(minutia.kind << 14 | minutia.x, minutia.y, minutia.angle, minutia.quality)
        for minutia in view.minutiae
    )
    head = VIEW.pack(view.position, number, view.quality, len(view.minutiae))
    return head + minutiae + len(view.extended).to_bytes(2) + view.extended


def _inexpressible(record: MinutiaeRecord) -> str:
    """What cannot be written of `record`, or nothing."""
    if record.format is not RecordFormat.ISO_2005:
        return f"a record of {record.format}"
    if not 1 <= len(record.views) <= 255:
        return f"{len(record.views)} views"
    if not (0 <= record.certification <= 0xF and 0 <= record.device <= 0xFFF):
        return "the capture device takes more than 16 bits"
    frame = record.views[0].frame
    if any(view.frame != frame for view in record.views):
        return "the views differ in image size or resolution"
    if not all(0 <= value <= 0xFFFF for value in frame) or 0 in frame[2:]:
        return f"image size or resolution {tuple(frame)}"
    return next(filter(None, map(_inexpressible_view, record.views)), "")


def _inexpressible_view(view: View) -> str:
    if len(view.minutiae) > MAX_MINUTIAE:
        return f"{len(view.minutiae)} minutiae in a view"
    if not (0 <= view.number <= 0xF and 0 <= view.impression <= 0xF and 0 <= view.quality <= 0xFF):
        return f"view {view.number}, impression type {view.impression}, quality {view.quality}"
    for minutia in view.minutiae:
        inside = 0 <= minutia.x <= MAX_COORDINATE and 0 <= minutia.y <= MAX_COORDINATE
        if not (inside and 0 <= minutia.angle <= 0xFF and 0 <= minutia.quality <= 0xFF):
            return f"minutia {tuple(minutia)}"
    if len(view.extended) > 0xFFFF:
        return "more than 65,535 bytes of extended data"
    return ""
