"""A print drawn from a formula: straight ridges with known minutiae, on a round contact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# (x, y, sign): at each a ridge begins (the sign says on which side it lies).
PLANTED = (
    (100, 90, 1),
    (150, 70, -1),
    (205, 95, 1),
    (80, 150, -1),
    (135, 140, 1),
    (190, 150, -1),
    (235, 155, 1),
    (95, 210, 1),
    (150, 205, -1),
    (210, 215, 1),
    (130, 255, -1),
    (180, 260, 1),
)
SHAPE = (340, 310)
PERIOD = 9.0


def drawn_print(
    *, shape: tuple[int, int] = SHAPE, shift: tuple[int, int] = (0, 0), noise: float = 6.0, light: float = 225.0
) -> NDArray[np.uint8]:
    """Grey print, ridges across: each planted minutia is a full turn of the phase (a dislocation of the wave).

    `shift` moves the finger by (x, y) px; `noise` is a deviation in grey levels; `light` the level of the background.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    x, y = x - shift[0], y - shift[1]
    phase = 2 * np.pi * y / PERIOD
    for at_x, at_y, sign in PLANTED:
        phase += sign * np.arctan2(y - at_y, x - at_x)
    contact = np.hypot((x - 155) / 125, (y - 170) / 150)
    pressure = np.clip((1 - contact) * 12, 0, 1)
    ridges = np.clip(0.5 + 0.9 * np.cos(phase), 0, 1)
    grain = np.random.default_rng(7).normal(0, noise, shape) if noise else 0
    return np.asarray(np.clip(light - 170 * pressure * ridges + grain, 0, 255), np.uint8)
