"""The header of a Windows bitmap."""

from __future__ import annotations

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.header import INCH_M, ImageHeader
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"BM"
_RGB, _RLE8, _RLE4, _BITFIELDS, _ALPHA_BITFIELDS = 0, 1, 2, 3, 6
_KINDS = {
    _RGB: (1, 4, 8, 16, 24, 32),
    _RLE8: (8,),
    _RLE4: (4,),
    _BITFIELDS: (16, 32),
    _ALPHA_BITFIELDS: (16, 32),
}


def read(data: bytes) -> ImageHeader:
    """Reads size, resolution and kind, and that uncompressed pixels are there.

    Raises:
        Unreadable: it breaks off, or is of a kind that is not read here.
    """
    at = Cursor(data, len(MAGIC), order="little")
    at.skip(8, "file size")
    pixels_at = at.number(4, "offset of the pixels")
    size = at.number(4, "size of the header")
    if size == 12:
        width, height = at.number(2, "width"), at.number(2, "height")
        at.skip(2, "planes")
        bits, compression, told = at.number(2, "bits"), _RGB, None
    elif 40 <= size <= 124:
        width, height = at.signed(4, "width"), at.signed(4, "height")
        at.skip(2, "planes")
        bits, compression = at.number(2, "bits"), at.number(4, "compression")
        at.skip(4, "size of the pixels")
        told = (at.signed(4, "pixels per metre") * INCH_M, at.signed(4, "pixels per metre") * INCH_M)
    else:
        raise at.failure(f"header of {size} bytes", Reason.SAMPLE_FORMAT, back=4)
    if bits not in _KINDS.get(compression, ()):
        raise at.failure(f"{bits} bits with compression {compression}", Reason.SAMPLE_FORMAT)
    height = abs(height)
    row = (width * bits + 31) // 32 * 4
    if compression not in (_RLE8, _RLE4) and not 0 <= pixels_at <= len(data) - row * height:
        at.offset = pixels_at
        raise at.failure(f"{height} rows of {row} bytes do not fit")
    return ImageHeader(SampleFormat.BMP, width, height, told)
