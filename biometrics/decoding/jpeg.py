"""The header of a JPEG (ITU-T T.81, with JFIF and EXIF)."""

from __future__ import annotations

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.exif import read_exif
from biometrics.decoding.header import INCH_CM, ImageHeader
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"\xff\xd8\xff"
_END = b"\xff\xd9"
_SOS, _APP0, _APP1, _EOI, _TEM = 0xDA, 0xE0, 0xE1, 0xD9, 0x01
_HUFFMAN_FRAMES = (0xC0, 0xC1, 0xC2)
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_SEGMENTS = 1000
# Encoders write none at all; a file of nothing else keeps us busy until the time is up.
_FILL = 1000
# An encoder makes about ten scans of a progressive picture; thousands keep a decoder busy for minutes.
_SCAN, _SCANS = b"\xff\xda", 64
_UNITS = {1: 1.0, 2: INCH_CM}


class _Found:
    """What the segments before the first scan told."""

    def __init__(self) -> None:
        self.size: tuple[int, int] | None = None
        self.jfif: tuple[float, float] | None = None
        self.exif: tuple[float, float] | None = None
        self.orientation = 1


def read(data: bytes) -> ImageHeader:
    """Reads size, density and orientation, and that the picture ends.

    Raises:
        Unreadable: it breaks off, or is of a kind that is not read here (lossless, arithmetic, CMYK, 12 bits).
    """
    at = Cursor(data, 2)
    found = _Found()
    for _ in range(_SEGMENTS):
        marker = _marker(at)
        if marker == _SOS:
            break
        _segment(at, marker, found)
    else:
        raise at.failure(f"more than {_SEGMENTS} segments")
    if found.size is None:
        raise at.failure("a scan before its frame")
    if data.count(_SCAN, at.offset) >= _SCANS:
        raise at.failure(f"more than {_SCANS} scans")
    if data.rfind(_END, at.offset) < 0:
        at.offset = len(data)
        raise at.failure("the picture breaks off before its end mark")
    return ImageHeader(SampleFormat.JPEG, *found.size, found.jfif or found.exif, found.orientation)


def _marker(at: Cursor) -> int:
    """The next marker, its fill bytes passed over."""
    if at.number(1, "marker") != 0xFF:
        raise at.failure("no marker where one must be", back=1)
    for _ in range(_FILL):
        code = at.number(1, "marker")
        if code != 0xFF:
            return code
    raise at.failure(f"more than {_FILL} fill bytes")


def _segment(at: Cursor, marker: int, found: _Found) -> None:
    """Reads what is of use of one segment, and goes behind it."""
    if marker in {0x00, _TEM, _EOI} or 0xD0 <= marker <= 0xD8:
        raise at.failure(f"marker {marker:#x} before the first scan", back=2)
    length = at.number(2, "segment length")
    if length < 2:
        raise at.failure(f"segment of {length} bytes", back=2)
    body = at.take(length - 2, f"segment {marker:#x}")
    if marker in _HUFFMAN_FRAMES:
        _frame(at, body, found)
    elif marker in _OTHER_FRAMES:
        raise at.failure(f"JPEG process {marker - 0xC0}", Reason.SAMPLE_FORMAT, back=length)
    elif marker == _APP0 and body[:5] == b"JFIF\0" and len(body) >= 12:
        scale = _UNITS.get(body[7])
        if scale is not None:
            found.jfif = (int.from_bytes(body[8:10], "big") * scale, int.from_bytes(body[10:12], "big") * scale)
    elif marker == _APP1 and body[:6] == b"Exif\0\0":
        found.orientation, found.exif = read_exif(body[6:])


def _frame(at: Cursor, body: bytes, found: _Found) -> None:
    """Size and kind."""
    if found.size is not None:
        raise at.failure("a second frame", back=len(body))
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise at.failure("a frame header of the wrong length", back=len(body))
    if body[0] != 8 or body[5] not in (1, 3):
        raise at.failure(f"{body[5]} components of {body[0]} bits", Reason.SAMPLE_FORMAT, back=len(body))
    found.size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
