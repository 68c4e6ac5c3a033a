"""What each minutia's neighbourhood looks like, in the minutia's own frame, as one unit vector.

Two parts are joined. A cylinder (after Cappelli, Ferrara and Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010)
says where the neighbours are and how they point; circles (after Tico and Kuosmanen, "Fingerprint matching using an
orientation-based minutia descriptor", IEEE TPAMI 25(8), 2003) say how the ridges run around it. Coordinates here have y
upwards, so that a turn by `angle` is a product of complex numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.matching_parameters import DESCRIPTION
from biometrics.fingerprint.template import CELL

__all__ = ["DESCRIPTOR_SIZE", "RidgeField", "describe"]


def _disc() -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
    """Steps of the cylinder's square grid, and the grid places (along, across) of the cells that lie in the disc."""
    grid, radius = DESCRIPTION.disc_grid, DESCRIPTION.disc_radius
    steps = (np.arange(grid) - (grid - 1) / 2) * (2 * radius / grid)
    along, across = np.nonzero(np.hypot(steps[:, None], steps[None, :]) <= radius)
    return steps.astype(np.float32), along, across


def _circles() -> NDArray[np.complex64]:
    """Points on the circles, starting in the minutia's direction."""
    return np.concatenate([r * np.exp(2j * np.pi * np.arange(n) / n) for r, n in DESCRIPTION.circles]).astype(
        np.complex64
    )


_STEPS, _ALONG, _ACROSS = _disc()
_CELLS = (_STEPS[_ALONG] + 1j * _STEPS[_ACROSS]).astype(np.complex64)
_RINGS = _circles()
DESCRIPTOR_SIZE = len(_CELLS) * DESCRIPTION.directions + 2 * len(_RINGS)


class RidgeField:
    """The template's orientation grid, looked up at any points; zero where there is no print."""

    def __init__(self, orientation: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        """Take grids of `CELL` pixels: orientation (rows, columns, 2) as in the template, mask (rows, columns)."""
        rows, columns = mask.shape
        self._values = np.zeros((rows + 2, columns + 2), np.complex64)
        inside = orientation[..., 0] + 1j * orientation[..., 1]
        self._values[1:-1, 1:-1] = np.where(mask, inside, 0)
        self._mask = np.zeros((rows + 2, columns + 2), np.bool_)
        self._mask[1:-1, 1:-1] = mask

    def at(self, points: NDArray[np.complex64]) -> tuple[NDArray[np.complex64], NDArray[np.bool_]]:
        """Orientation (complex, double angle times coherence) and presence at points x - iy of the image."""
        rows, columns = self._mask.shape
        row = np.clip(np.floor(-points.imag / CELL) + 1, 0, rows - 1).astype(np.intp)
        column = np.clip(np.floor(points.real / CELL) + 1, 0, columns - 1).astype(np.intp)
        return self._values[row, column], self._mask[row, column]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)


def _cylinders(
    place: NDArray[np.complex64], direction: NDArray[np.complex64], quality: NDArray[np.float32], field: RidgeField
) -> NDArray[np.float32]:
    """Cylinders, float32 of shape (n, cells * directions)."""
    count = len(place)
    seen = (place[None, :] - place[:, None]) * np.conj(direction[:, None])
    # In the minutia's frame the Gaussian around a cell is a product of one along and one across.
    along, across = (
        np.exp((part[:, None, :] - _STEPS[:, None]) ** 2 * np.float32(-0.5 / DESCRIPTION.spread**2))
        for part in (seen.real, seen.imag)
    )
    across *= (quality * ~np.eye(count, dtype=np.bool_))[:, None, :]
    near = along[:, _ALONG] * across[:, _ACROSS]
    turn = np.angle(direction[None, :] * np.conj(direction[:, None]))
    centres = np.arange(DESCRIPTION.directions) * (2 * np.pi / DESCRIPTION.directions)
    away = np.mod(turn[:, :, None] - centres + np.pi, 2 * np.pi) - np.pi
    alike = np.exp(away**2 / (-2 * DESCRIPTION.direction_spread**2)).astype(np.float32)
    filled = np.matmul(near, alike)
    filled = filled / (filled + np.float32(DESCRIPTION.saturation))
    _, present = field.at(place[:, None] + direction[:, None] * _CELLS)
    filled *= present[:, :, None]
    return np.asarray(filled.reshape(count, -1), np.float32)


def _rings(place: NDArray[np.complex64], direction: NDArray[np.complex64], field: RidgeField) -> NDArray[np.float32]:
    """Orientation around each minutia relative to its direction, float32 of shape (n, 2 * points)."""
    values, _ = field.at(place[:, None] + direction[:, None] * _RINGS[None, :])
    values = values * np.conj(direction[:, None]) ** 2
    return np.concatenate([values.real, values.imag], axis=1).astype(np.float32)


def describe(
    place: NDArray[np.complex64], angle: NDArray[np.float32], quality: NDArray[np.float32], field: RidgeField
) -> NDArray[np.float32]:
    """Unit descriptors, float32 of shape (n, DESCRIPTOR_SIZE).

    `place` is x - iy of each minutia in pixels at 500 ppi, `angle` as in the template, `quality` 0 to 1. The product of
    two descriptors is their similarity, 1 for equal neighbourhoods.
    """
    direction = np.exp(1j * angle).astype(np.complex64)
    cylinders = _unit(_cylinders(place, direction, quality, field)) * np.float32(np.sqrt(DESCRIPTION.cylinder_weight))
    rings = _unit(_rings(place, direction, field)) * np.float32(np.sqrt(1 - DESCRIPTION.cylinder_weight))
    return _unit(np.concatenate([cylinders, rings], axis=1))
