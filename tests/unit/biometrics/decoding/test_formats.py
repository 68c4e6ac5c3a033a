from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from biometrics.decoding.decode import decode
from biometrics.decoding.limits import Limits, RawShape
from biometrics.errors import Reason, Refused
from biometrics.sample import FingerPosition, Sample, SampleFormat
from tests.hostile.crafted import chunk, deflated_zeros, png, tiff
from tests.hostile.seeds import ridges, seeds

LIMITS = Limits()
GREY = ridges(60, 48)
KINDS = {
    "png": SampleFormat.PNG,
    "jpeg": SampleFormat.JPEG,
    "bmp": SampleFormat.BMP,
    "tiff": SampleFormat.TIFF,
    "jp2": SampleFormat.JPEG2000,
    "wsq": SampleFormat.WSQ,
    "pgm": SampleFormat.PGM,
    "finger": SampleFormat.FINGER_RECORD,
    "face": SampleFormat.FACE_RECORD,
}


def read(data: bytes, hint: RawShape | None = None) -> Sample:
    """The sample of sound bytes."""
    found = decode(data, hint, LIMITS)
    assert isinstance(found, Sample), found
    return found


def refused(data: bytes, hint: RawShape | None = None) -> Refused:
    """The refusal of others."""
    found = decode(data, hint, LIMITS)
    assert isinstance(found, Refused)
    return found


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """An image file."""
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", sorted(seeds()))
def test_cut_anywhere(name: str) -> None:
    """No format yields an image when a tenth or a half of the file is missing."""
    data = seeds()[name]
    for share in (0.1, 0.5, 0.9):
        assert isinstance(decode(data[: int(len(data) * share)], None, LIMITS), Refused), share


@pytest.mark.parametrize(
    "data",
    [
        png(5000, 5000, 8, 0),
        png(0x7FFFFFFF, 0x7FFFFFFF, 8, 0),
        struct.pack("<2sIHHIIiiHHI24x", b"BM", 0, 0, 0, 54, 40, 60_000, -60_000, 1, 8, 1),
        tiff({256: (4, 1, 70_000), 257: (4, 1, 70_000), 258: (3, 1, 8), 273: (4, 1, 8), 279: (4, 1, 8)}, 0),
        b"\xff\xa0\xff\xa2\x00\x11\x00\x00\xff\xff\xff\xff" + bytes(9) + b"\xff\xa3\xff\xa1",
        b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x00\x00\x00\xff\xda\xff\xd9",
        b"\xff\x4f\xff\x51\x00\x29\x00\x00"
        + struct.pack(">8IH", 60_000, 60_000, 0, 0, 60_000, 60_000, 0, 0, 1)
        + b"\x07\x01\x01\xff\xd9",
    ],
    ids=["png", "png-largest", "bmp", "tiff", "wsq", "jpeg", "jpeg2000"],
)
def test_giant_header(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of too many pixels is refused by its header: no decoder is called."""
    for module, name in (("cv2", "imdecode"), ("biometrics.decoding.wsq_door", "decompress")):
        monkeypatch.setattr(f"{module}.{name}", lambda *_: pytest.fail("decoded"))
    assert refused(data).reason is Reason.SAMPLE_PIXELS


def test_minutiae_record_is_told_as_what_it_is() -> None:
    """It holds no image, and the refusal says who reads it."""
    found = refused(b"FMR\0 20\0" + bytes(40))
    assert (found.reason, found.offset) == (Reason.SAMPLE_FORMAT, 0)
    assert found.detail.startswith("a minutiae record, not an image")


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_pictures_of_texts_are_refused(kind: bytes) -> None:
    """Packed texts cost the decoder a millisecond a kilobyte: a few are read over, hundreds are not a sample."""
    mark = b"a\0\1\0\0\0" if kind == b"iTXt" else b"a\0\0"
    text = chunk(kind, mark + deflated_zeros(1))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in ridges(40, 40))))
    assert read(png(40, 40, 8, 0, *[text] * 32, pixels)).pixels.shape == (40, 40)
    many = refused(png(40, 40, 8, 0, *[text] * 600, pixels))
    assert many.reason is Reason.SAMPLE_MALFORMED
    assert many.offset == 33 + 32 * len(text)


@pytest.mark.parametrize("name", ["bmp-grey", "jpeg-grey", "png-grey", "jp2-grey", "wsq"])
def test_no_pixels(name: str) -> None:
    """A size of nothing is malformed, not an empty image."""
    data = seeds()[name]
    size = {"bmp-grey": 18, "jpeg-grey": data.find(b"\xff\xc0") + 5, "png-grey": 16, "wsq": data.find(b"\xff\xa2") + 6}
    at = size.get(name, data.find(b"\xff\x4f\xff\x51") + 8)
    assert refused(data[:at] + bytes(4) + data[at + 4 :]).reason is Reason.SAMPLE_MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        saved(Image.fromarray(GREY).convert("CMYK"), "JPEG"),
        saved(Image.fromarray(GREY).convert("CMYK"), "TIFF"),
        saved(Image.fromarray(GREY).convert("F"), "TIFF"),
        saved(Image.fromarray(GREY), "GIF"),
        saved(Image.fromarray(GREY), "WEBP"),
        b"P5 2 2 65535\n" + bytes(8),
        b"MM\0+" + bytes(20),
        b"%PDF-1.7",
    ],
    ids=["cmyk-jpeg", "cmyk-tiff", "float-tiff", "gif", "webp", "deep-pgm", "big-tiff", "pdf"],
)
def test_kind_not_read(data: bytes) -> None:
    """Kinds outside the list are refused by name, not guessed at."""
    assert refused(data).reason is Reason.SAMPLE_FORMAT


def test_endless_scans() -> None:
    """A JPEG of more scans than any encoder makes is refused before it is decoded."""
    data = seeds()["jpeg-progressive"]
    at = data.rfind(b"\xff\xda")
    found = refused(data[:at] + data[at:-2] * 70 + b"\xff\xd9")
    assert found.reason is Reason.SAMPLE_MALFORMED
    assert "scans" in found.detail


def test_raw_of_another_length() -> None:
    """Raw greyscale must have exactly the bytes of its shape."""
    for length in (GREY.size - 1, GREY.size + 1):
        assert refused(bytes(length), RawShape(48, 60)).reason is Reason.SAMPLE_MALFORMED


def test_raw() -> None:
    """Raw greyscale is read by its shape alone, whatever its first bytes look like."""
    data = b"BM" + GREY.tobytes()[2:]
    sample = read(data, RawShape(48, 60, 500.0))
    assert sample.pixels.tobytes() == data
    assert (sample.pixels.shape, sample.ppi, sample.format) == ((60, 48), 500.0, SampleFormat.RAW)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_sound(name: str) -> None:
    """Every format and record is read, upright, at the size and resolution it was written with."""
    sample = read(seeds()[name])
    turned = name.endswith("turned")
    assert sample.format is KINDS[name.partition("-")[0]]
    assert sample.pixels.shape[:2] == ((160, 200) if turned else (200, 160))
    assert sample.pixels.dtype == np.uint8
    assert sample.position == (FingerPosition.RIGHT_INDEX if name.startswith("finger") else FingerPosition.UNKNOWN)
    expected = ridges().T[:, ::-1] if turned else ridges()
    if name != "tiff-bits" and sample.pixels.ndim == 2:
        assert float(np.abs(sample.pixels.astype(np.float32) - expected).mean()) < 6
    told = name in {"png-grey", "jpeg-grey", "bmp-grey", "wsq"} or name.startswith("finger")
    told = told or name in {"tiff-none", "tiff-lzw", "tiff-deflate", "tiff-pack"}
    assert sample.ppi == (pytest.approx(500, abs=0.1) if told else None)


@pytest.mark.parametrize(
    "name", ["png-grey", "png-sixteen", "png-palette", "bmp-grey", "tiff-none", "tiff-lzw", "tiff-deflate", "tiff-pack"]
)
def test_lossless(name: str) -> None:
    """What is stored without loss arrives without loss; sixteen bits come back to eight, equal channels to one."""
    assert np.array_equal(read(seeds()[name]).pixels, ridges())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_orientation(form: str, orientation: int) -> None:
    """A picture is turned as its EXIF or TIFF orientation says, as other programs turn it."""
    exif = Image.Exif()
    exif[0x112] = orientation
    image = Image.fromarray(GREY)
    given = {"tiffinfo": {274: orientation}} if form == "TIFF" else {"exif": exif}
    data = saved(image, form, **given)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))), np.float32)
    found = read(data).pixels
    assert found.shape == expected.shape
    assert float(np.abs(found - expected).max()) <= (3 if form == "JPEG" else 0)


def test_transparency() -> None:
    """Transparent parts become white paper, and half transparent ones lie between."""
    image = np.zeros((2, 3, 4), np.uint8)
    image[0, :, 3] = (0, 255, 51)
    image[1] = (10, 20, 30, 255)
    data = cv2.imencode(".png", image)[1].tobytes()
    assert read(data).pixels.tolist() == [[[255] * 3, [0] * 3, [204] * 3], [[10, 20, 30]] * 3]


def test_white_is_zero() -> None:
    """A TIFF whose zeros are white is seen as it was meant."""
    data = saved(Image.fromarray(GREY).convert("1"), "TIFF")
    directory = data.find(struct.pack("<HHI", 262, 3, 1))
    assert directory > 0
    swapped = data[: directory + 8] + struct.pack("<I", 0) + data[directory + 12 :]
    assert np.array_equal(read(swapped).pixels, 255 - read(data).pixels)


@pytest.mark.parametrize(("dpi", "expected"), [(72, None), (96, None), (500, 500.0), (1000, 1000.0), (5000, None)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF"])
def test_told_resolution(form: str, dpi: int, expected: float | None) -> None:
    """A believable density is taken from the file; the defaults of programs are not."""
    found = read(saved(Image.fromarray(GREY), form, dpi=(dpi, dpi))).ppi
    assert found == (None if expected is None else pytest.approx(expected, abs=0.1))


def test_jpeg2000_resolution() -> None:
    """The capture resolution of a JPEG 2000 header is read, as a fraction and a power of ten."""
    data = seeds()["jp2-grey"]
    box = struct.pack(">I4sI4sHHHHbb", 26, b"res ", 18, b"resc", 19_685, 100, 19_685, 100, 2, 2)
    at = data.find(b"jp2h") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    header = struct.pack(">I", length + len(box)) + data[at + 4 : at + length] + box
    assert read(data[:at] + header + data[at + length :]).ppi == pytest.approx(500, abs=0.01)


def test_grey_of_colour() -> None:
    """A colour picture keeps its colours, in the order blue, green, red."""
    image = np.zeros((40, 40, 3), np.uint8)
    image[..., 0] = 200
    sample = read(saved(Image.fromarray(image[..., ::-1]), "PNG"))
    assert np.array_equal(sample.pixels, image)
    assert sample.grey[0, 0] == 23
