"""Finger image records: ISO/IEC 19794-4:2005 (version 010) and 19794-4:2011 (version 020), first representation."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.header import INCH_CM
from biometrics.errors import Reason
from biometrics.sample import FingerPosition, SampleFormat

__all__ = ["MAGIC", "EmbeddedImage", "read"]

MAGIC = b"FIR\0"
_VERSION_2005, _VERSION_2011 = b"010\0", b"020\0"
_RAW: tuple[SampleFormat, ...] = (SampleFormat.RAW,)
_JPEG2000 = (SampleFormat.JPEG2000,)


# What the compression codes mean (2005: table 3; 2011: table 12).
_CODES_2005 = (_RAW, _RAW, (SampleFormat.WSQ,), (SampleFormat.JPEG,), _JPEG2000, (SampleFormat.PNG,))
_CODES_2011 = (*_CODES_2005[:5], _JPEG2000, (SampleFormat.PNG,))


@dataclass(frozen=True, slots=True)
class EmbeddedImage:
    """An image within a record: bytes `begin` to `end`, of the format and size that the record claims.

    A size of 0 x 0 is not claimed. `told` is in pixels per inch.
    """

    begin: int
    end: int
    formats: tuple[SampleFormat, ...]
    width: int
    height: int
    told: tuple[float, float] | None
    position: FingerPosition = FingerPosition.UNKNOWN


def read(data: bytes) -> EmbeddedImage:
    """Reads the record up to its first image.

    Raises:
        Unreadable: with the offset of the field that does not follow the standard.
    """
    at = Cursor(data, len(MAGIC), malformed=Reason.RECORD_MALFORMED)
    version = at.take(4, "version")
    if version == _VERSION_2005:
        return _read_2005(at)
    if version == _VERSION_2011:
        return _read_2011(at)
    raise at.failure(f"version {version!r} of a finger image record", Reason.RECORD_FORMAT, back=4)


def _read_2005(at: Cursor) -> EmbeddedImage:
    """General header of 32 bytes (7.1), then finger headers of 14 bytes (7.2)."""
    _whole(at, at.number(6, "record length"), 6)
    at.skip(4, "capture device and acquisition level")
    if not at.number(1, "number of fingers"):
        raise at.failure("no finger", back=1)
    told = _resolution(at)
    _depth(at)
    formats = _compression(at, _CODES_2005)
    at.skip(2, "reserved")
    begin = at.offset
    length = at.number(4, "length of the finger")
    position = _position(at)
    at.skip(4, "views, view, quality, impression type")
    width, height = at.number(2, "width"), at.number(2, "height")
    at.skip(1, "reserved")
    return _image(at, begin + length, formats, (width, height), told, position)


def _read_2011(at: Cursor) -> EmbeddedImage:
    """General header of 16 bytes (8.2), then representations (8.3)."""
    _whole(at, at.number(4, "record length"), 4)
    if not at.number(2, "number of representations"):
        raise at.failure("no representation", back=2)
    certified = at.number(1, "certification flag")
    if certified not in (0, 1):
        raise at.failure(f"certification flag {certified}", back=1)
    at.skip(1, "number of finger positions")
    begin = at.offset
    length = at.number(4, "length of the representation")
    at.skip(9 + 1 + 2 + 2, "capture time and device")
    at.skip(5 * at.number(1, "number of quality blocks"), "quality blocks")
    if certified:
        at.skip(3 * at.number(1, "number of certifications"), "certifications")
    position = _position(at)
    at.skip(1, "representation number")
    told = _resolution(at)
    _depth(at)
    formats = _compression(at, _CODES_2011)
    at.skip(1, "impression type")
    size = at.number(2, "width"), at.number(2, "height")
    image_length = at.number(4, "length of the image")
    if at.offset + image_length > begin + length:
        raise at.failure("the image is longer than its representation", back=4)
    if begin + length > at.end:
        at.offset = begin
        raise at.failure("the representation is longer than the record")
    return _image(at, at.offset + image_length, formats, size, told, position)


def _whole(at: Cursor, told: int, size: int) -> None:
    """The record is as long as it says."""
    if told != len(at.data):
        raise at.failure(f"record length {told}, {len(at.data)} bytes are there", back=size)


def _resolution(at: Cursor) -> tuple[float, float] | None:
    """Pixels per inch of the image; the scan resolution before it is passed over."""
    units = at.number(1, "scale units")
    if units not in (1, 2):
        raise at.failure(f"scale units {units}", back=1)
    at.skip(4, "scan resolution")
    scale = 1.0 if units == 1 else INCH_CM
    x, y = at.number(2, "horizontal resolution") * scale, at.number(2, "vertical resolution") * scale
    if x and y and abs(x - y) > 0.02 * max(x, y):
        raise at.failure(f"pixels are not square: {x:.0f} by {y:.0f} per inch", Reason.SAMPLE_RESOLUTION, back=4)
    return (x, y) if x and y else None


def _depth(at: Cursor) -> None:
    """Eight bits."""
    depth = at.number(1, "pixel depth")
    if depth != 8:
        raise at.failure(f"pixels of {depth} bits", Reason.SAMPLE_FORMAT, back=1)


def _compression(at: Cursor, codes: tuple[tuple[SampleFormat, ...], ...]) -> tuple[SampleFormat, ...]:
    """The image formats that the compression code allows."""
    code = at.number(1, "compression")
    if code >= len(codes):
        raise at.failure(f"compression {code}", back=1)
    return codes[code]


def _position(at: Cursor) -> FingerPosition:
    """One finger: a slap of four or a palm is no sample of a finger."""
    code = at.number(1, "finger position")
    if code > FingerPosition.LEFT_LITTLE:
        raise at.failure(f"position {code} is not one finger", Reason.RECORD_INEXPRESSIBLE, back=1)
    return FingerPosition(code)


def _image(
    at: Cursor,
    end: int,
    formats: tuple[SampleFormat, ...],
    size: tuple[int, int],
    told: tuple[float, float] | None,
    position: FingerPosition,
) -> EmbeddedImage:
    """The image from here to `end`."""
    if not at.offset < end <= at.end:
        raise at.failure(f"an image from byte {at.offset} to {end} in {at.end}")
    if not size[0] or not size[1]:
        raise at.failure(f"{size[0]} x {size[1]} pixels")
    if formats == _RAW and end - at.offset != size[0] * size[1]:
        raise at.failure(f"{end - at.offset} bytes for {size[0]} x {size[1]} pixels")
    return EmbeddedImage(at.offset, end, formats, *size, told, position)
