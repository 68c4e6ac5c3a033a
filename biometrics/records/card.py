"""Reading the card formats of ISO/IEC 19794-2:2005 (clause 8): minutiae alone, without a header.

Nothing in the bytes names the format, the finger or the image, so the caller must know them.
"""

from __future__ import annotations

import struct
from enum import StrEnum

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import MinutiaKind
from biometrics.records.model import (
    MAX_MINUTIAE,
    Frame,
    ImpressionType,
    MinutiaeRecord,
    RecordFormat,
    RecordMinutia,
    View,
)
from biometrics.sample import FingerPosition

__all__ = ["CardForm", "read_card"]


class CardForm(StrEnum):
    """Normal: five bytes a minutia, 0.01 mm, 2 pi/256. Compact: three bytes, 0.1 mm, 2 pi/64."""

    NORMAL = "normal"
    COMPACT = "compact"


# Steps of a centimetre; the size of the image is not told.
FRAMES = {CardForm.NORMAL: Frame(0, 0, 1000, 1000), CardForm.COMPACT: Frame(0, 0, 100, 100)}
LENGTHS = {CardForm.NORMAL: 5, CardForm.COMPACT: 3}


def read_card(
    data: bytes, form: CardForm, position: FingerPosition = FingerPosition.UNKNOWN
) -> MinutiaeRecord | Refused:
    """The minutiae in `data` as a record of one view, with "pixels" of the form's own unit and no qualities.

    Refused with `Reason.RECORD_MALFORMED` and the byte it fails at.
    """
    length = LENGTHS[form]
    if len(data) > length * MAX_MINUTIAE:
        return Refused(Reason.RECORD_MALFORMED, f"more than {MAX_MINUTIAE} minutiae", length * MAX_MINUTIAE)
    if not data or len(data) % length:
        whole = len(data) - len(data) % length
        return Refused(Reason.RECORD_MALFORMED, f"{len(data)} bytes are no minutiae of {length} bytes", whole)
    fields = _normal(data) if form is CardForm.NORMAL else _compact(data)
    for index, (kind, _, y, _) in enumerate(fields):
        if kind == 3:
            at = index * length + (2 if form is CardForm.COMPACT else 0)
            return Refused(Reason.RECORD_MALFORMED, "minutia kind 3 is reserved", at)
        if y > 0x3FFF:
            return Refused(Reason.RECORD_MALFORMED, "the reserved bits of a y coordinate are set", index * length + 2)
    minutiae = tuple(RecordMinutia(MinutiaKind(kind), x, y, angle, 0) for kind, x, y, angle in fields)
    view = View(position, 0, ImpressionType.LIVE_PLAIN, 254, FRAMES[form], minutiae)
    return MinutiaeRecord(RecordFormat.ISO_2005, "20", (view,))


def _normal(data: bytes) -> list[tuple[int, int, int, int]]:
    return [(x >> 14, x & 0x3FFF, y, angle) for x, y, angle in struct.iter_unpack(">HHB", data)]


def _compact(data: bytes) -> list[tuple[int, int, int, int]]:
    return [(last >> 6, x, y, (last & 0x3F) * 4) for x, y, last in struct.iter_unpack(">3B", data)]
