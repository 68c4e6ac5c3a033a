"""The orientation of ridges: averaged gradient tensor (Bigun and Granlund, 1987; Kass and Witkin, 1987)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Field", "measure"]

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Ridge orientation on a grid of reduced pixels, float32 (rows, columns).

    `cosine` and `sine` are those of twice the angle of the ridge, counter-clockwise from the x axis, as long as the
    `coherence` (0: no orientation, 1: all gradients parallel).
    """

    cosine: Floats
    sine: Floats
    coherence: Floats

    def at(self, size: tuple[int, int]) -> tuple[Floats, Floats]:
        """Cosine and sine enlarged to (width, height)."""
        return (
            np.asarray(cv2.resize(self.cosine, size, interpolation=cv2.INTER_LINEAR), np.float32),
            np.asarray(cv2.resize(self.sine, size, interpolation=cv2.INTER_LINEAR), np.float32),
        )


def measure(image: Floats, *, blur: float, sigma: float, reduction: int) -> Field:
    """The field of an image (height, width), averaged with a Gaussian of `sigma` px, reduced `reduction` times."""
    smooth = cv2.GaussianBlur(image, (0, 0), blur) if blur > 0 else image
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    size = (image.shape[1] // reduction, image.shape[0] // reduction)
    xx, yy, xy = (
        cv2.GaussianBlur(
            cv2.resize(cv2.multiply(first, second), size, interpolation=cv2.INTER_AREA), (0, 0), sigma / reduction
        )
        for first, second in ((across, across), (down, down), (across, down))
    )
    strength = np.maximum(xx + yy, 1e-9)
    cosine = np.asarray((yy - xx) / strength, np.float32)
    sine = np.asarray(2.0 * xy / strength, np.float32)
    return Field(cosine, sine, np.hypot(cosine, sine))
