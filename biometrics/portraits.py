"""Portraits small enough for a printed code: head and shoulders around a face, as WebP."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["HEIGHT", "WIDTH", "portrait"]

WIDTH: Final = 72
HEIGHT: Final = 90
# Of the face's height, above the chin and beside: the whole head, as on a passport.
_ROOM: Final = 1.75
_RAISED: Final = 0.08
_QUALITIES: Final = (60, 45, 35, 28, 22, 17, 13, 10, 7, 4, 2, 1)


def portrait(picture: NDArray[np.uint8], box: tuple[float, float, float, float], most_bytes: int) -> bytes | None:
    """The face in `box` (x, y, width, height) of a blue, green, red picture, 72 by 90 pixels, grey where it is cut off.

    The best quality that fits into `most_bytes`; None where none does.
    """
    x, y, width, height = box
    tall = max(height * _ROOM, width * _ROOM * HEIGHT / WIDTH * 0.8)
    centre = np.array([x + width / 2, y + height / 2 - height * _RAISED])
    scale = HEIGHT / tall
    # One affine map crops, pads and shrinks at once; what is shrunk is smoothed first, or hair turns into dots.
    smooth = max(1.0 / scale - 1.0, 0.0) / 2.0
    source = cv2.GaussianBlur(picture, (0, 0), smooth) if smooth > 0.3 else picture
    shift = np.array([WIDTH / 2, HEIGHT / 2]) - scale * centre
    map_ = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    small = cv2.warpAffine(
        source,
        map_,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(200, 200, 200),
    )
    for quality in _QUALITIES:
        made = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
        if len(made) <= most_bytes:
            return made
    return None
