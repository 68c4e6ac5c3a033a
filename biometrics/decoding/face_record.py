"""Face image records: ISO/IEC 19794-5:2005 (version 010) and 19794-5:2011 (version 030), first representation."""

from __future__ import annotations

from biometrics.decoding.cursor import Cursor
from biometrics.decoding.finger_record import EmbeddedImage
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"FAC\0"
_VERSION_2005, _VERSION_2011 = b"010\0", b"030\0"
# Image data type (2005: 5.7.2; 2011 adds lossless JPEG 2000 and PNG).
_FORMATS = (
    (SampleFormat.JPEG,),
    (SampleFormat.JPEG2000,),
    (SampleFormat.JPEG2000,),
    (SampleFormat.PNG,),
)
_LANDMARK = 8


def read(data: bytes) -> EmbeddedImage:
    """Reads the record up to its first image.

    Raises:
        Unreadable: with the offset of the field that does not follow the standard.
    """
    at = Cursor(data, len(MAGIC), malformed=Reason.RECORD_MALFORMED)
    version = at.take(4, "version")
    if version not in (_VERSION_2005, _VERSION_2011):
        raise at.failure(f"version {version!r} of a face image record", Reason.RECORD_FORMAT, back=4)
    told = at.number(4, "record length")
    if told != len(data):
        raise at.failure(f"record length {told}, {len(data)} bytes are there", back=4)
    if not at.number(2, "number of faces"):
        raise at.failure("no face", back=2)
    return _read_2005(at) if version == _VERSION_2005 else _read_2011(at)


def _read_2005(at: Cursor) -> EmbeddedImage:
    """Facial information of 20 bytes (5.5), feature points (5.6), image information of 12 bytes (5.7)."""
    begin = at.offset
    length = at.number(4, "length of the face")
    points = at.number(2, "number of feature points")
    at.skip(14 + _LANDMARK * points, "description and feature points")
    at.skip(1, "face image type")
    formats = _formats(at, 2)
    size = at.number(2, "width"), at.number(2, "height")
    at.skip(1 + 1 + 2 + 2, "colour space, source, device, quality")
    return _image(at, begin + length, formats, size)


def _read_2011(at: Cursor) -> EmbeddedImage:
    """Two more bytes of general header (8.2), then representations (8.3)."""
    certified = at.number(1, "certification flag")
    if certified:
        raise at.failure("certification blocks in a face record", Reason.RECORD_FORMAT, back=1)
    at.skip(2, "temporal semantics")
    begin = at.offset
    length = at.number(4, "length of the representation")
    at.skip(9 + 1 + 2 + 2, "capture time and device")
    at.skip(5 * at.number(1, "number of quality blocks"), "quality blocks")
    points = at.number(2, "number of landmarks")
    at.skip(15 + _LANDMARK * points, "description and landmarks")
    at.skip(1, "face image type")
    formats = _formats(at, len(_FORMATS))
    size = at.number(2, "width"), at.number(2, "height")
    at.skip(1 + 2 + 1 + 1, "sampling rate, processing, reference, colour space")
    image_length = at.number(4, "length of the image")
    end = at.offset + image_length
    if end > begin + length or begin + length > at.end:
        raise at.failure("the image is longer than its representation", back=4)
    return _image(at, end, formats, size)


def _formats(at: Cursor, known: int) -> tuple[SampleFormat, ...]:
    """The image formats that the data type allows."""
    code = at.number(1, "image data type")
    if code >= known:
        raise at.failure(f"image data type {code}", back=1)
    return _FORMATS[code]


def _image(at: Cursor, end: int, formats: tuple[SampleFormat, ...], size: tuple[int, int]) -> EmbeddedImage:
    """The image from here to `end`."""
    if not at.offset < end <= at.end:
        raise at.failure(f"an image from byte {at.offset} to {end} in {at.end}")
    return EmbeddedImage(at.offset, end, formats, *size, None)
