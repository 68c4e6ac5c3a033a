"""Dividing an area of extended data into its blocks."""

from __future__ import annotations

import struct

from biometrics.records.model import ExtendedBlock

__all__ = ["blocks"]

HEADER = struct.Struct(">2H")


def blocks(area: bytes) -> tuple[ExtendedBlock, ...] | None:
    """The blocks that fill `area`, or None if it does not divide.

    Each has two bytes of kind and two of length. ANSI/INCITS 378 counts these four in the length; ISO/IEC 19794-2:2005
    is read both ways in the field, so the length of the data alone is tried where the first does not fill the area.
    """
    counted = _divided(area, header=HEADER.size)
    return _divided(area, header=0) if counted is None else counted


def _divided(area: bytes, header: int) -> tuple[ExtendedBlock, ...] | None:
    found = []
    at = 0
    while at < len(area):
        if len(area) - at < HEADER.size:
            return None
        kind, stated = HEADER.unpack_from(area, at)
        length = stated - header
        at += HEADER.size
        if length < 0 or length > len(area) - at:
            return None
        found.append(ExtendedBlock(kind, area[at : at + length]))
        at += length
    return tuple(found)
