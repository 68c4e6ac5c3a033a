"""The header of a PNG (ISO/IEC 15948)."""

from __future__ import annotations

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.exif import orientation_of
from biometrics.decoding.header import INCH_M, ImageHeader
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"\x89PNG\r\n\x1a\n"
_PER_METRE = 1
# A picture has a handful of chunks beside its data, and data chunks of some kilobytes: more is made to be slow.
_CHUNKS = 100_000
# Texts and profiles unpack to megabytes each, and the decoder unpacks them all: no camera or scanner writes so many.
_TEXTS = 32
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_COLOUR_TYPES = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def read(data: bytes) -> ImageHeader:
    """Reads IHDR, pHYs and eXIf, that the chunks reach to IEND, and that few of them are texts.

    Raises:
        Unreadable: the chunks do not follow the standard.
    """
    at = Cursor(data, len(MAGIC))
    length, kind = _chunk(at)
    if kind != b"IHDR" or length != 13:
        raise at.failure(f"first chunk {kind!r} of {length} bytes is no IHDR", back=8)
    width, height = at.number(4, "width"), at.number(4, "height")
    depth, colour = at.number(1, "bit depth"), at.number(1, "colour type")
    if depth not in _COLOUR_TYPES.get(colour, ()):
        raise at.failure(f"colour type {colour} at {depth} bits", back=2)
    at.skip(3 + 4, "end of IHDR")
    told: tuple[float, float] | None = None
    orientation, texts = 1, 0
    for _ in range(_CHUNKS):
        length, kind = _chunk(at)
        if kind == b"IEND":
            return ImageHeader(SampleFormat.PNG, width, height, told, orientation)
        if kind == b"acTL":
            raise at.failure("an animation", Reason.SAMPLE_FORMAT, back=8)
        texts += kind in _TEXT_KINDS
        if texts > _TEXTS:
            raise at.failure(f"more than {_TEXTS} texts", back=8)
        begin = at.offset
        at.skip(length + 4, f"chunk {kind!r}")
        if kind == b"pHYs" and length == 9 and data[begin + 8] == _PER_METRE:
            told = _resolution(data[begin : begin + 8])
        elif kind == b"eXIf":
            orientation = orientation_of(data[begin : begin + length])
    raise at.failure(f"more than {_CHUNKS} chunks")


def _chunk(at: Cursor) -> tuple[int, bytes]:
    """Length and type."""
    return at.number(4, "chunk length"), at.take(4, "chunk type")


def _resolution(field: bytes) -> tuple[float, float]:
    """Pixels per inch from two numbers of pixels per metre."""
    x, y = int.from_bytes(field[:4], "big"), int.from_bytes(field[4:], "big")
    return x * INCH_M, y * INCH_M
