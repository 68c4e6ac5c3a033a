"""Reading a minutiae record of unknown origin: which format it is, then its fields, or the byte it fails at."""

from __future__ import annotations

import struct
from dataclasses import replace

from biometrics.errors import Reason, Refused
from biometrics.records.cursor import Cursor, MalformedRecord
from biometrics.records.layouts import Layout, read_ansi_2004, read_ansi_2009, read_iso_2005, read_iso_2011
from biometrics.records.model import MAX_BYTES, MinutiaeRecord, RecordFormat, Remark

__all__ = ["read"]

MAGIC = b"FMR\0"
NEIGHBOURS = {
    b"FIR\0": "a finger image record (ISO/IEC 19794-4)",
    b"FAC\0": "a face image record (ISO/IEC 19794-5)",
    b"IIR\0": "an iris image record (ISO/IEC 19794-6)",
    b"FSP\0": "a finger pattern record (ISO/IEC 19794-3)",
}
# The shortest headers; a length field with less is of the other format (see `_is_ansi_2004`).
ISO_2005_HEADER = 24
ANSI_2004_HEADER = 26


def read(data: bytes) -> MinutiaeRecord | Refused:
    """The record in `data`, or why not, with the offset of the byte it fails at.

    Work and memory grow with len(data), never with a number that the record states; more than `MAX_BYTES` are
    refused unseen. Where nothing was remarked and the format is ISO 2005, `write` gives the same bytes again.

    Refused with `Reason.RECORD_FORMAT` for what is no minutiae record of an edition we know, with
    `Reason.RECORD_MALFORMED` for a broken one.
    """
    if len(data) > MAX_BYTES:
        return Refused(Reason.RECORD_MALFORMED, f"{len(data)} bytes, at most {MAX_BYTES} are read", MAX_BYTES)
    if data[:4] != MAGIC:
        known = NEIGHBOURS.get(data[:4])
        return Refused(Reason.RECORD_FORMAT, known or "no minutiae record: it does not begin with FMR", 0)
    version = data[4:8]
    if version == b" 20\0":
        return _attempt(read_ansi_2004 if _is_ansi_2004(data) else read_iso_2005, data)
    if version == b"035\0":
        return _attempt(read_ansi_2009, data)
    if version == b"030\0":
        return _read_030(data)
    return Refused(Reason.RECORD_FORMAT, "an edition we do not know", 4)


def _attempt(layout: Layout, data: bytes) -> MinutiaeRecord | Refused:
    remarks: list[Remark] = []
    try:
        return layout(Cursor(data, 0, len(data), remarks))
    except MalformedRecord as malformed:
        return malformed.refused


def _is_ansi_2004(data: bytes) -> bool:
    """Both editions bear the same name; only the length tells them apart.

    ANSI writes it in two bytes, or as two zero bytes and four more; ISO writes four bytes. At most `MAX_BYTES` long,
    an ISO length begins with a number below the least ANSI one.
    """
    if len(data) < 12:
        return False
    first, second = struct.unpack(">2H", data[8:12])
    return bool(first >= ANSI_2004_HEADER or (first == 0 and second < ISO_2005_HEADER))


def _read_030(data: bytes) -> MinutiaeRecord | Refused:
    """ISO 2011 and ANSI 2009 share a name and the place of the length: the one that fits, else the better refusal."""
    international = _attempt(read_iso_2011, data)
    if not isinstance(international, Refused):
        return international
    american = _attempt(read_ansi_2009, data)
    if not isinstance(american, Refused):
        return american
    likelier, name = max(
        (international, RecordFormat.ISO_2011), (american, RecordFormat.ANSI_2009), key=lambda pair: pair[0].offset or 0
    )
    return replace(likelier, detail=f"as {name}: {likelier.detail}")
