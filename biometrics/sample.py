"""A captured image as a value, and the finger it is said to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["FingerPosition", "Sample", "SampleFormat"]


class SampleFormat(StrEnum):
    """What the bytes were."""

    PNG = "png"
    JPEG = "jpeg"
    BMP = "bmp"
    TIFF = "tiff"
    JPEG2000 = "jpeg2000"
    WSQ = "wsq"
    RAW = "raw"
    PGM = "pgm"
    FINGER_RECORD = "iso19794-4"
    FACE_RECORD = "iso19794-5"


class FingerPosition(IntEnum):
    """Finger positions as ISO/IEC 19794-2:2005 table 2 and ANSI/INCITS 378 number them."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @property
    def mirrored(self) -> FingerPosition:
        """The same finger of the other hand."""
        if self is FingerPosition.UNKNOWN:
            return self
        return FingerPosition(self + 5 if self <= FingerPosition.RIGHT_LITTLE else self - 5)


@dataclass(frozen=True, slots=True)
class Sample:
    """A decoded image.

    `pixels` is uint8, shape (height, width) for grey or (height, width, 3) for colour in the order blue, green, red.
    `ppi` is its resolution in pixels per inch where the file tells it (None: not told, or not believable).
    `stored_ppi` is what it was before it was brought to another (None: never brought), and `estimated` whether that
    was estimated by the ridges, not told.
    """

    pixels: NDArray[np.uint8]
    ppi: float | None
    format: SampleFormat
    position: FingerPosition = FingerPosition.UNKNOWN
    stored_ppi: float | None = None
    estimated: bool = False

    @property
    def grey(self) -> NDArray[np.uint8]:
        """The image as luminance, shape (height, width) (ITU-R BT.601 weights)."""
        if self.pixels.ndim == 2:
            return self.pixels
        weights = np.array([0.114, 0.587, 0.299], np.float32)
        luminance: NDArray[np.float32] = self.pixels.astype(np.float32) @ weights
        return np.clip(np.rint(luminance), 0, 255).astype(np.uint8)
