"""What an image says of itself before a pixel of it is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.decoding.cursor import Unreadable
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["INCH_CM", "INCH_M", "ImageHeader", "checked"]

# Centimetres and metres in an inch.
INCH_CM = 2.54
INCH_M = 0.0254


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Size in pixels as stored, resolution as told (horizontal, vertical; pixels per inch), EXIF orientation 1 to 8."""

    format: SampleFormat
    width: int
    height: int
    told: tuple[float, float] | None = None
    orientation: int = 1


def checked(header: ImageHeader, pixels: int) -> ImageHeader:
    """The header, if its image has at least one pixel and at most `pixels`.

    Raises:
        Unreadable: it has not.
    """
    if header.width <= 0 or header.height <= 0:
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"no pixels: {header.width} x {header.height}")
    if header.width * header.height > pixels:
        raise Unreadable(Reason.SAMPLE_PIXELS, f"{header.width} x {header.height} pixels, {pixels} allowed")
    return header
