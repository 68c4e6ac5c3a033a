"""Smooth random fields, from which everything that varies over a finger is made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "smooth_field"]

Floats = NDArray[np.float32]


def smooth_field(generator: np.random.Generator, height: int, width: int, scale: float) -> Floats:
    """Noise of mean 0, deviation about 1 and correlation length `scale` px, float32 of shape (height, width).

    Made on a coarse grid and enlarged, so its cost hardly depends on the scale.
    """
    rows, columns = int(height / scale) + 4, int(width / scale) + 4
    coarse = generator.standard_normal((rows, columns)).astype(np.float32)
    across = (np.arange(width, dtype=np.float32) / scale + float(generator.uniform(1, 2)))[None, :]
    down = (np.arange(height, dtype=np.float32) / scale + float(generator.uniform(1, 2)))[:, None]
    full = (height, width)
    field = cv2.remap(
        coarse,
        np.ascontiguousarray(np.broadcast_to(across, full)),
        np.ascontiguousarray(np.broadcast_to(down, full)),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(field, np.float32)
