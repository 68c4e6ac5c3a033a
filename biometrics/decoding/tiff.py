"""The header of a TIFF (revision 6.0): first picture only."""

from __future__ import annotations

from biometrics.decoding.cursor import Unreadable
from biometrics.decoding.header import ImageHeader
from biometrics.decoding.ifd import Directory, read_directory
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGICS", "read"]

MAGICS = (b"II*\0", b"MM\0*")
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _SAMPLE_FORMAT = 256, 257, 258, 259, 262, 277, 339
_STRIPS, _STRIP_BYTES, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 273, 279, 322, 323, 324, 325
_COMPRESSIONS = {1: "none", 5: "LZW", 7: "JPEG", 8: "deflate", 32773: "PackBits", 32946: "deflate"}
_PHOTOMETRICS = {0: "white is zero", 1: "black is zero", 2: "RGB", 3: "palette", 6: "YCbCr"}


def read(data: bytes) -> ImageHeader:
    """Reads size, resolution and kind of the first picture, and that its strips or tiles lie within the file.

    The decoder turns TIFF as its orientation field says, so the header's orientation stays 1.

    Raises:
        Unreadable: the directory breaks off, or is of a kind that is not read here.
    """
    directory = read_directory(data)
    width, height = directory.number(_WIDTH, 0), directory.number(_HEIGHT, 0)
    _check_kind(directory)
    _check_layout(directory, len(data), width * height)
    if directory.orientation >= 5:
        width, height = height, width
    return ImageHeader(SampleFormat.TIFF, width, height, directory.told)


def _check_kind(directory: Directory) -> None:
    """Grey, colour and palette of whole numbers."""
    compression = directory.number(_COMPRESSION, 1)
    photometric = directory.number(_PHOTOMETRIC, 1)
    bits, samples = directory.numbers(_BITS) or (1,), directory.number(_SAMPLES, 1)
    problem = ""
    if compression not in _COMPRESSIONS:
        problem = f"compression {compression}"
    elif photometric not in _PHOTOMETRICS:
        problem = f"photometric interpretation {photometric}"
    elif set(bits) not in ({1}, {4}, {8}, {16}) or samples not in (1, 2, 3, 4):
        problem = f"{samples} samples of {bits[:4]} bits"
    elif any(kind != 1 for kind in directory.numbers(_SAMPLE_FORMAT)):
        problem = "samples that are no whole numbers"
    if problem:
        raise Unreadable(Reason.SAMPLE_FORMAT, f"TIFF with {problem}")


def _check_layout(directory: Directory, size: int, pixels: int) -> None:
    """Each strip or tile lies in the file, and a tile is not much larger than the picture."""
    tiled = _TILES in directory.fields
    begins = directory.numbers(_TILES if tiled else _STRIPS)
    counts = directory.numbers(_TILE_BYTES if tiled else _STRIP_BYTES)
    if not begins or len(begins) != len(counts):
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"{len(begins)} strips or tiles with {len(counts)} lengths")
    for begin, count in zip(begins, counts, strict=True):
        if begin + count > size:
            raise Unreadable(Reason.SAMPLE_MALFORMED, f"a strip or tile of {count} bytes lies beyond the end", begin)
    if tiled:
        tile = directory.number(_TILE_WIDTH, 0) * directory.number(_TILE_HEIGHT, 0)
        if not 0 < tile <= max(4 * pixels, 1 << 18):
            raise Unreadable(Reason.SAMPLE_MALFORMED, f"tiles of {tile} pixels in a picture of {pixels}")
