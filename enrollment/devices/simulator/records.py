"""Finger image records as a scanner gives them: ISO/IEC 19794-4:2005 around a PNG."""

from __future__ import annotations

import struct

__all__ = ["finger_record"]

_HEAD = struct.Struct(">4s4s6sHHBBHHHHBBH")
_FINGER = struct.Struct(">IBBBBBHHB")
_PER_INCH = 1
_PNG = 5
_SIZE = struct.Struct(">II")
# Where the width stands in a PNG (ISO/IEC 15948 11.2.2).
_WIDTH_AT = 16


def finger_record(png: bytes, position: int, score: int) -> bytes:
    """The record of one finger (`position` 1 to 10) at 500 pixels an inch, quality 0 to 100.

    General header of 32 bytes (7.1), finger header of 14 (7.2), then the PNG (compression code 5, table 3).
    """
    width, height = _SIZE.unpack_from(png, _WIDTH_AT)
    total = _HEAD.size + _FINGER.size + len(png)
    head = _HEAD.pack(b"FIR\0", b"010\0", total.to_bytes(6, "big"), 0, 31, 1, _PER_INCH, 500, 500, 500, 500, 8, _PNG, 0)
    finger = _FINGER.pack(_FINGER.size + len(png), position, 1, 1, score, 0, width, height, 0)
    return head + finger + png
