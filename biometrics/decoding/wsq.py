"""The structure of a WSQ picture (Gray-scale Fingerprint Image Compression Specification 3.1, annex B).

All of it is checked, not only the header, because the decoder behind `wsq_door` checks nothing.
"""

from __future__ import annotations

import re

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.header import ImageHeader
from biometrics.decoding.wsq_codes import CodeTable, code_tables, coefficients
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"\xff\xa0"
_END, _FRAME, _BLOCK, _TRANSFORM, _QUANTISATION, _CODES, _RESTARTS, _COMMENT = range(0xFFA1, 0xFFA9)
_SEGMENTS = 1000
_BLOCKS = 3
_PPI = re.compile(rb"^PPI[ \t]+(\d{1,5})\s*$", re.MULTILINE)
# In coded data a byte of ones is followed by a byte of zeros; anything else is a marker.
_MARKER = re.compile(rb"\xff[^\x00]", re.DOTALL)
# Below it the last level of the wavelet has hardly a pixel; far above it the decoder counts wrongly.
_SMALLEST, _LARGEST = 64, 1 << 14
# The lowest bands alone have a sixteenth of a picture's coefficients.
_LEAST = 1 / 32
# The filters that encoders for fingerprints use have nine and seven coefficients; half of each is stored, as sign,
# exponent and four bytes. Quantisation has two numbers of three bytes for each of 64 subbands.
_FILTERS = b"\x09\x07"
_TRANSFORM_LENGTH = 2 + (5 + 4) * 6
_QUANTISATION_LENGTH = 3 + 64 * 6


class _Found:
    """What the segments up to now told."""

    def __init__(self) -> None:
        self.size: tuple[int, int] | None = None
        self.told: tuple[float, float] | None = None
        self.tables: dict[int, CodeTable] = {}
        self.needed = {_TRANSFORM, _QUANTISATION}
        self.coefficients = 0
        self.blocks = 0


def read(data: bytes, pixels: int) -> ImageHeader:
    """Reads size and resolution, and that tables and codes are such as a picture of this size has.

    Pictures of more than `pixels` are not looked at further.

    Raises:
        Unreadable: it breaks off, or is not built so.
    """
    at = Cursor(data, len(MAGIC))
    found = _Found()
    for _ in range(_SEGMENTS):
        marker = at.number(2, "marker")
        if marker == _END:
            break
        if not _FRAME <= marker <= _COMMENT:
            raise at.failure(f"marker {marker:#x}", back=2)
        length = at.number(2, "segment length")
        if length < 2:
            raise at.failure(f"segment of {length} bytes", back=2)
        body = Cursor(data, at.offset, at.offset + length - 2)
        at.skip(length - 2, "segment")
        _segment(marker, body, found)
        if found.size and found.size[0] * found.size[1] > pixels:
            return ImageHeader(SampleFormat.WSQ, *found.size, found.told)
        if marker == _BLOCK:
            _block(body.number(1, "table of the block"), at, found)
    else:
        raise at.failure(f"more than {_SEGMENTS} segments")
    if found.size is None or not found.blocks:
        raise at.failure("the picture ends before it has begun", back=2)
    if found.coefficients < _LEAST * found.size[0] * found.size[1]:
        raise at.failure(f"{found.coefficients} coefficients for {found.size[0]} x {found.size[1]} pixels", back=2)
    return ImageHeader(SampleFormat.WSQ, *found.size, found.told)


def _segment(marker: int, body: Cursor, found: _Found) -> None:
    """Reads one segment."""
    begin = body.offset
    found.needed.discard(marker)
    if marker == _FRAME:
        found.size = _frame(body, found)
    elif marker == _TRANSFORM and body.take(body.left, "filters")[:2] != _FILTERS:
        raise body.failure("filters of other lengths", Reason.SAMPLE_FORMAT)
    elif marker == _TRANSFORM and body.offset - begin != _TRANSFORM_LENGTH:
        raise body.failure("filters that break off")
    elif marker == _QUANTISATION and body.left != _QUANTISATION_LENGTH:
        raise body.failure(f"quantisation of {body.left} bytes")
    elif marker == _CODES:
        found.tables |= code_tables(body)
    elif marker == _COMMENT:
        comment = _PPI.search(body.take(body.left, "comment"))
        if comment:
            found.told = (float(comment[1]), float(comment[1]))


def _frame(body: Cursor, found: _Found) -> tuple[int, int]:
    """Width and height."""
    if found.size is not None:
        raise body.failure("a second frame")
    if body.left != 15:
        raise body.failure(f"a frame header of {body.left} bytes")
    body.skip(2, "black and white")
    height, width = body.number(2, "height"), body.number(2, "width")
    if 0 < width < _SMALLEST or 0 < height < _SMALLEST:
        raise body.failure(f"{width} x {height} pixels have no room for the wavelet", back=4)
    if max(width, height) > _LARGEST:
        raise body.failure(f"{width} x {height} pixels", Reason.SAMPLE_PIXELS, back=4)
    return width, height


def _block(number: int, at: Cursor, found: _Found) -> None:
    """Follows the codes of one block to the marker behind them."""
    table = found.tables.get(number)
    if found.size is None or found.needed or table is None:
        raise at.failure("a block before its tables", back=1)
    found.blocks += 1
    if found.blocks > _BLOCKS:
        raise at.failure(f"more than {_BLOCKS} blocks", back=1)
    behind = _MARKER.search(at.data, at.offset)
    if behind is None:
        at.offset = at.end
        raise at.failure("the picture breaks off before its end mark")
    left = found.size[0] * found.size[1] - found.coefficients
    count = coefficients(at.data[at.offset : behind.start()], table, left)
    if count is None:
        raise at.failure("codes that are none, or of more coefficients than the picture has")
    found.coefficients += count
    at.offset = behind.start()
