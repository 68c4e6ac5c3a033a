"""Sound samples of every format, made from numbers: what the hostile ones are made of."""

from __future__ import annotations

import io
import struct
from functools import cache

import cv2
import numpy as np
import wsq  # type: ignore[import-untyped]  # the package has no types
from numpy.typing import NDArray
from PIL import Image

__all__ = ["face_record", "finger_record", "finger_record_2011", "ridges", "seeds"]

assert wsq.__version__  # importing it is what teaches Pillow the format


def ridges(height: int = 200, width: int = 160, period: float = 9.0) -> NDArray[np.uint8]:
    """A whorl of ridges, uint8 of shape (height, width)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    radius = np.hypot(x - width / 2, y - height / 2)
    return np.asarray(127.5 + 100 * np.cos(2 * np.pi * radius / period), np.float32).astype(np.uint8)


def _encoded(extension: str, image: NDArray[np.generic], *options: int) -> bytes:
    done, data = cv2.imencode(extension, np.asarray(image, image.dtype), list(options))
    assert done
    return data.tobytes()


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def finger_record(image: bytes, width: int, height: int, compression: int, position: int = 2) -> bytes:
    """A record after ISO/IEC 19794-4:2005 with one finger."""
    finger = struct.pack(">IBBBBBHHB", 14 + len(image), position, 1, 1, 80, 0, width, height, 0) + image
    head = struct.pack(">HHBBHHHHBBH", 0, 31, 1, 1, 500, 500, 500, 500, 8, compression, 0)
    return b"FIR\x00010\x00" + (14 + len(head) + len(finger)).to_bytes(6, "big") + head + finger


def finger_record_2011(image: bytes, width: int, height: int, compression: int, position: int = 2) -> bytes:
    """A record after ISO/IEC 19794-4:2011 with one representation, one quality block and two certifications."""
    body = struct.pack(">9xBHHB", 0, 0, 15, 1) + bytes(5) + b"\x02" + bytes(6)
    body += struct.pack(
        ">BBBHHHHBBBHHI", position, 0, 1, 500, 500, 500, 500, 8, compression, 0, width, height, len(image)
    )
    body += image
    return b"FIR\x00020\x00" + struct.pack(">IHBBI", 20 + len(body), 1, 1, 1, 4 + len(body)) + body


def face_record(image: bytes, width: int, height: int, kind: int) -> bytes:
    """A record after ISO/IEC 19794-5:2005 with one face and two feature points."""
    points = 2
    face = (
        struct.pack(">H14x", points) + bytes(8 * points) + struct.pack(">BBHHBBHH", 1, kind, width, height, 1, 2, 0, 0)
    )
    return (
        b"FAC\x00010\x00"
        + struct.pack(">IHI", 14 + 4 + len(face) + len(image), 1, 4 + len(face) + len(image))
        + face
        + image
    )


@cache
def seeds() -> dict[str, bytes]:
    """One sound sample of each kind, by name."""
    grey = ridges()
    height, width = grey.shape
    colour = np.dstack([grey, grey[::-1], grey[:, ::-1]])
    plain, coloured = Image.fromarray(grey), Image.fromarray(colour)
    exif = Image.Exif()
    exif[0x112] = 6
    found = {
        "png-grey": _saved(plain, "PNG", dpi=(500, 500)),
        "png-sixteen": _encoded(".png", grey.astype(np.uint16) * 257),
        "png-colour": _encoded(".png", colour),
        "png-alpha": _encoded(".png", np.dstack([colour, grey])),
        "png-palette": _saved(plain.convert("P"), "PNG"),
        "png-turned": _saved(plain, "PNG", exif=exif),
        "jpeg-grey": _saved(plain, "JPEG", quality=90, dpi=(500, 500)),
        "jpeg-colour": _encoded(".jpg", colour),
        "jpeg-progressive": _encoded(".jpg", colour, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "jpeg-turned": _saved(plain, "JPEG", exif=exif),
        "bmp-grey": _saved(plain, "BMP", dpi=(500, 500)),
        "bmp-colour": _encoded(".bmp", colour),
        "bmp-alpha": _encoded(".bmp", np.dstack([colour, grey])),
        "jp2-grey": _encoded(".jp2", grey, cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 300),
        "jp2-colour": _encoded(".jp2", colour, cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 300),
        "wsq": _saved(plain, "WSQ"),
        "pgm": b"P5\n# made\n%d %d\n255\n" % (width, height) + grey.tobytes(),
    }
    for name, compression in (
        ("none", None),
        ("lzw", "tiff_lzw"),
        ("deflate", "tiff_adobe_deflate"),
        ("pack", "packbits"),
    ):
        found[f"tiff-{name}"] = _saved(plain, "TIFF", compression=compression, dpi=(500, 500))
    found["tiff-jpeg"] = _saved(coloured, "TIFF", compression="jpeg")
    found["tiff-bits"] = _saved(plain.convert("1"), "TIFF")
    found["tiff-palette"] = _saved(plain.convert("P"), "TIFF")
    for name, code, code_2011, inner in (
        ("raw", 0, 0, grey.tobytes()),
        ("wsq", 2, 2, found["wsq"]),
        ("jpeg", 3, 3, found["jpeg-grey"]),
        ("jp2", 4, 4, found["jp2-grey"]),
        ("png", 5, 6, found["png-grey"]),
    ):
        found[f"finger-{name}"] = finger_record(inner, width, height, code)
        found[f"finger-2011-{name}"] = finger_record_2011(inner, width, height, code_2011)
    found["face-jpeg"] = face_record(found["jpeg-colour"], width, height, 0)
    found["face-jp2"] = face_record(found["jp2-colour"], width, height, 1)
    return found
