"""Samples built to hurt: bombs, loops, giants, lies and files that are two things at once."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np

from tests.hostile.containers import CONTAINERS
from tests.hostile.seeds import ridges, seeds

__all__ = ["CRAFTED", "Crafted", "chunk", "deflated_zeros", "png", "tiff"]

Crafted = Callable[[np.random.Generator], bytes]
_GIANTS = (4096, 4097, 20_000, 65_535, 100_000, 0x7FFFFFFF, 0xFFFFFFFF)


def _giant(rng: np.random.Generator) -> int:
    return int(rng.choice(_GIANTS))


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, colour: int, *chunks: bytes) -> bytes:
    """A PNG of these chunks."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def deflated_zeros(megabytes: int) -> bytes:
    """So many zeros in a thousandth of the space: one packed piece again and again, which costs nothing to make."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = ((megabytes << 20) % 65_521 << 16) + 1
    return b"\x78\xda" + piece * megabytes + b"\x03\0" + struct.pack(">I", checksum)


def png_giant(rng: np.random.Generator) -> bytes:
    """A header that promises gigabytes."""
    return png(_giant(rng), _giant(rng), 8, int(rng.choice((0, 2, 6))), chunk(b"IDAT", zlib.compress(bytes(4096))))


def png_bomb(rng: np.random.Generator) -> bytes:
    """All the pixels that are allowed, of eight bytes each, in a few kilobytes."""
    side = int(rng.choice((4096, 4096, 4000)))
    return png(side, side, 16, 6, chunk(b"IDAT", deflated_zeros(int(rng.choice((4, 140))))))


def png_text_bomb(rng: np.random.Generator) -> bytes:
    """Compressed text, profile or metadata that would swell to half a gigabyte."""
    kind, mark = ((b"zTXt", b"a\0\0"), (b"iCCP", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"))[int(rng.integers(0, 3))]
    image = zlib.compress(b"".join(b"\0" + row.tobytes() for row in ridges(40, 40)))
    return png(
        40, 40, 8, 0, chunk(kind, mark + deflated_zeros(int(rng.choice((64, 512, 4000))))), chunk(b"IDAT", image)
    )


def png_crumbs(rng: np.random.Generator) -> bytes:
    """A chunk for every byte, or for none."""
    image = zlib.compress(b"".join(b"\0" + row.tobytes() for row in ridges(64, 64)))
    crumbs = [chunk(b"IDAT", image[i : i + 1]) for i in range(len(image))]
    empty = [chunk(b"IDAT", b"") if rng.random() < 0.5 else chunk(b"tEXt", b"a\0b")] * int(rng.integers(1000, 200_000))
    return png(64, 64, 8, 0, *empty, *crumbs)


def _jpeg_parts() -> tuple[bytes, bytes]:
    """A progressive JPEG before and from its last scan."""
    data = seeds()["jpeg-progressive"]
    at = data.rfind(b"\xff\xda")
    return data[:at], data[at:-2]


def jpeg_scans(rng: np.random.Generator) -> bytes:
    """Thousands of scans over a large picture: work without end."""
    head, scan = _jpeg_parts()
    at = head.find(b"\xff\xc2")
    side = int(rng.choice((1000, 4000)))
    head = head[: at + 5] + struct.pack(">HH", side, side) + head[at + 9 :]
    return head + scan[:64] * int(rng.integers(100, 50_000)) + b"\xff\xd9"


def jpeg_giant(rng: np.random.Generator) -> bytes:
    """A frame as large as a frame can be."""
    data = seeds()["jpeg-colour"]
    at = data.find(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", _giant(rng) & 0xFFFF, _giant(rng) & 0xFFFF) + data[at + 9 :]


def jpeg_segments(rng: np.random.Generator) -> bytes:
    """Segments upon segments, and EXIF that bites its tail."""
    loop = (
        b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + struct.pack(">HHII", 0x8769, 4, 1, 8) * 2 + struct.pack(">I", 8)
    )
    segment = b"\xff\xe1" + struct.pack(">H", len(loop) + 2) + loop
    data = seeds()["jpeg-colour"]
    return data[:2] + segment * int(rng.integers(1, 2000)) + data[2:]


def tiff(fields: dict[int, tuple[int, int, int]], after: int, body: bytes = b"") -> bytes:
    """A TIFF of one directory: tag -> type, count, value; `after` is where the next directory is said to be."""
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(fields))
    entries = b"".join(struct.pack("<HHII", tag, *field) for tag, field in sorted(fields.items()))
    return head + entries + struct.pack("<I", after) + body


def _tiff_fields(width: int, height: int, bits: int, compression: int, size: int) -> dict[int, tuple[int, int, int]]:
    at = 8 + 2 + 12 * 10 + 4
    return {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits), 259: (3, 1, compression), 262: (3, 1, 1),
        273: (4, 1, at), 277: (3, 1, 1), 278: (4, 1, height), 279: (4, 1, size), 284: (3, 1, 1),
    }  # fmt: skip


def tiff_loop(rng: np.random.Generator) -> bytes:
    """A directory that follows itself."""
    body = ridges(40, 40).tobytes()
    return tiff(_tiff_fields(40, 40, 8, 1, len(body)), int(rng.choice((8, 0, 10, 0xFFFFFFFF))), body)


def tiff_bomb(rng: np.random.Generator) -> bytes:
    """All the pixels that are allowed, or many more, in a few kilobytes."""
    side = int(rng.choice((4096, 4096, 8192, 65_535)))
    body = deflated_zeros(int(rng.choice((1, 32))))
    fields = _tiff_fields(side, side, int(rng.choice((8, 16))), int(rng.choice((8, 5, 32773))), len(body))
    return tiff(fields, 0, body)


def tiff_field(rng: np.random.Generator) -> bytes:
    """One field with a value out of all proportion."""
    body = ridges(40, 40).tobytes()
    fields = _tiff_fields(40, 40, 8, 1, len(body))
    tag = int(rng.choice((*fields, 322, 323, 324, 325, 339, 320, 530, 330, 347)))
    count = int(rng.choice((1, 1, 0, 3, 1000, 0x40000000, 0xFFFFFFFF)))
    fields[tag] = (int(rng.integers(1, 13)), count, int(rng.choice((0, 1, 8, 100, 65_535, 0xFFFFFFFF))))
    return tiff(fields, 0, body)


def bmp_giant(rng: np.random.Generator) -> bytes:
    """Sizes of both signs, run-length bombs, palettes without end."""
    bits, compression = ((8, 1), (4, 2), (32, 3), (24, 0), (1, 0), (16, 3))[int(rng.integers(0, 6))]
    side = int(rng.choice((4096, -4096, 65_535, -(1 << 31), (1 << 31) - 1, 0)))
    height = int(rng.choice((4096, -4096, 1, -(1 << 31), 0)))
    head = struct.pack("<IiiHHIIiiII", 40, side, height, 1, bits, compression, 0, 19_685, 19_685, _giant(rng), 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head + rng.bytes(4096)


def greymap_giant(rng: np.random.Generator) -> bytes:
    """A greymap with more digits than pixels."""
    return b"P5 " + b"# x\n" * int(rng.integers(0, 5000)) + b"%d %d 255\n" % (_giant(rng), _giant(rng)) + bytes(100)


def polyglot(rng: np.random.Generator) -> bytes:
    """Two files in one."""
    names = sorted(seeds())
    one, two = (seeds()[names[int(rng.integers(0, len(names)))]] for _ in range(2))
    magic = (
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x1cftypavif",
        b"<svg>",
        b"BM",
        b"\x76\x2f\x31\x01",
    )
    return (one + two, two[:32] + one, magic[int(rng.integers(0, len(magic)))] + one)[int(rng.integers(0, 3))]


def nonsense(rng: np.random.Generator) -> bytes:
    """Nothing, noise, zeros, text, and lone first bytes."""
    names = sorted(seeds())
    magic = seeds()[names[int(rng.integers(0, len(names)))]][: int(rng.integers(1, 16))]
    length = int(rng.choice((0, 1, 2, 100, 10_000, 1_000_000)))
    return (
        b"", bytes(length), rng.bytes(length), b"\xff" * length, magic, magic + bytes(length),
        magic + rng.bytes(length), b'{"image": "none"}' * 100, bytes((5 << 20) + 1), magic + bytes((5 << 20) - 16),
    )[int(rng.integers(0, 10))]  # fmt: skip


CRAFTED: dict[str, Crafted] = {
    function.__name__.replace("_", "-"): function
    for function in (
        png_giant,
        png_bomb,
        png_text_bomb,
        png_crumbs,
        jpeg_scans,
        jpeg_giant,
        jpeg_segments,
        tiff_loop,
        tiff_bomb,
        tiff_field,
        bmp_giant,
        greymap_giant,
        polyglot,
        nonsense,
    )
} | CONTAINERS
