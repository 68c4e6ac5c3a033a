"""Valid records of every format, packed here field by field, so that the codec is not judged by itself."""

from __future__ import annotations

import struct

import numpy as np

MINUTIA = tuple[int, int, int, int, int]  # kind, x, y, angle, quality


def minutiae(generator: np.random.Generator, count: int, steps: int) -> list[MINUTIA]:
    """`count` minutiae inside 300 x 400 pixels."""
    columns = [generator.integers(low, high, count) for low, high in ((0, 3), (0, 300), (0, 400), (0, steps), (0, 101))]
    return [(int(a), int(b), int(c), int(d), int(e)) for a, b, c, d, e in zip(*columns, strict=True)]


def pack(rows: list[MINUTIA], *, quality: bool = True) -> bytes:
    """The count and the minutiae, of six bytes or five."""
    bodies = [
        struct.pack(">HHB", kind << 14 | x, y, angle) + bytes([sure] * quality) for kind, x, y, angle, sure in rows
    ]
    return bytes([len(rows)]) + b"".join(bodies)


def area(*blocks: tuple[int, bytes]) -> bytes:
    """The length of the extended data and its blocks."""
    body = b"".join(struct.pack(">2H", kind, len(data) + 4) + data for kind, data in blocks)
    return struct.pack(">H", len(body)) + body


def iso_2005(views: list[list[MINUTIA]], extended: bytes = b"\0\0", reserved: int = 0) -> bytes:
    """Position 7, impression 0, quality 80; device 0x0B5 with compliance bits 0x8."""
    body = b"".join(bytes([7, index << 4, 80]) + pack(rows) + extended for index, rows in enumerate(views))
    head = struct.pack(
        ">4s4sIH4HBB", b"FMR\0", b" 20\0", 24 + len(body), 0x80B5, 300, 400, 197, 197, len(views), reserved
    )
    return head + body


def ansi_2004(views: list[list[MINUTIA]], *, long: bool = False, extended: bytes = b"\0\0") -> bytes:
    """Owner 0x35, product 0x0B; position 2, impression 1, quality 70."""
    body = b"".join(bytes([2, index << 4 | 1, 70]) + pack(rows) + extended for index, rows in enumerate(views))
    length = struct.pack(">HI", 0, 30 + len(body)) if long else struct.pack(">H", 26 + len(body))
    rest = struct.pack(">HHH4HBB", 0x35, 0x0B, 0x0001, 300, 400, 197, 197, len(views), 0)
    return b"FMR\0 20\0" + length + rest + body


def ansi_2009(views: list[list[MINUTIA]], version: bytes = b"030\0", extended: bytes = b"\0\0") -> bytes:
    """Owner 0x1234, product 0x5678, device 0x9ABC; position 3, impression 2, quality 60."""
    body = b"".join(
        struct.pack(">4BHH4H", 3, index, 2, 60, 1, 2, 300, 400, 197, 197) + pack(rows) + extended
        for index, rows in enumerate(views)
    )
    head = struct.pack(">4s4sIHHBHBB", b"FMR\0", version, 21 + len(body), 0x1234, 0x5678, 0x80, 0x9ABC, len(views), 0)
    return head + body


def iso_2011(
    views: list[list[MINUTIA]], *, quality: bool = True, certified: bool = False, extended: bytes = b"\0\0"
) -> bytes:
    """Device 0x0102 of vendor 0x0304; one quality block of 50; position 4, impression 24."""
    bodies = []
    for index, rows in enumerate(views):
        body = struct.pack(">H5BH", 2020, 1, 2, 3, 4, 5, 6) + struct.pack(">BHH", 9, 0x0304, 0x0102)
        body += bytes([1]) + struct.pack(">BHH", 50, 0x11, 0x22)
        body += b"\1\0\1\2" if certified else b""
        body += struct.pack(">BBHHBHHB", 4, index, 197, 197, 24, 300, 400, (6 if quality else 5) << 4)
        body += pack(rows, quality=quality) + extended
        bodies.append(struct.pack(">I", len(body) + 4) + body)
    length = 15 + sum(map(len, bodies))
    return struct.pack(">4s4sIHB", b"FMR\0", b"030\0", length, len(views), certified) + b"".join(bodies)


def all_seeds(generator: np.random.Generator) -> list[bytes]:
    """A few valid records of every format, small and large."""
    blocks = area((1, bytes(8)), (2, bytes(6)), (0x221, b"vendor"))
    records = []
    for count in (0, 1, 30, 255):
        wide, narrow = minutiae(generator, count, 256), minutiae(generator, count, 180)
        records += [
            iso_2005([wide], blocks),
            iso_2005([wide, wide]),
            ansi_2004([narrow], extended=blocks),
            ansi_2004([narrow], long=True),
            ansi_2009([narrow], extended=blocks),
            ansi_2009([narrow, narrow], b"035\0"),
            iso_2011([wide], extended=blocks),
            iso_2011([wide, wide], quality=False, certified=True),
        ]
    return records
