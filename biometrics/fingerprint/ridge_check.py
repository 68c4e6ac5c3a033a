"""Do the ridges themselves lie on each other? The check of verify mode on the common area of two aligned prints.

The second finger's enhanced image is drawn in the first one's frame, bent as the paired minutiae say. In small cells
the two are multiplied under small shifts; neighbouring cells must like the same shift, for skin stretches smoothly.
What the cells like bends the drawing further, and the last, finest pass is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.matching_parameters import MatchingParameters
from biometrics.fingerprint.prepared import PreparedFinger

__all__ = ["Overlay", "RidgeAgreement", "check"]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """One alignment of two fingers in prepared coordinates: the turn and shift from the first to the second.

    `pairs` is float32 (k, 5): place in the first finger, what the rigid motion misses there, and weight.
    """

    cos: float
    sin: float
    dx: float
    dy: float
    pairs: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RidgeAgreement:
    """`correlation` of the ridges, -1 to 1, drawn to 0 where the common `area` (square pixels) is small."""

    correlation: float
    area: float


@dataclass(frozen=True, slots=True)
class _Box:
    """A part of the first finger's half-size image, whole cells."""

    left: int
    top: int
    columns: int
    rows: int


def _place(
    first: PreparedFinger, second: PreparedFinger, overlay: Overlay, box: _Box, parameters: MatchingParameters
) -> NDArray[np.float32]:
    """Where in the second half-size image the middle of each cell lies, float32 (rows, columns, 2) in cells: x, y."""
    cell = parameters.ridge_cell
    u = np.arange(box.columns // cell, dtype=np.float32) * cell + (cell - 1) / 2 + box.left
    v = np.arange(box.rows // cell, dtype=np.float32) * cell + (cell - 1) / 2 + box.top
    x, y = np.meshgrid(2 * u + 0.5 - np.float32(first.centre[0]), np.float32(first.centre[1]) - 2 * v - 0.5)
    px, py, miss_x, miss_y, weight = overlay.pairs.T
    near = (x[..., None] - px) ** 2 + (y[..., None] - py) ** 2
    near = np.exp(near * np.float32(-0.5 / parameters.bend_spread**2)) * weight
    sure = near.sum(axis=-1) + np.float32(parameters.bend_stiffness)
    there_x = overlay.cos * x - overlay.sin * y + overlay.dx + near @ miss_x / sure
    there_y = overlay.sin * x + overlay.cos * y + overlay.dy + near @ miss_y / sure
    map_x = (there_x + second.centre[0] - 0.5) / 2
    map_y = (second.centre[1] - there_y - 0.5) / 2
    return np.stack([map_x, map_y], axis=-1).astype(np.float32)


def _box(finger: PreparedFinger, ridges: NDArray[np.int8], cell: int) -> _Box:
    """Box of the print in its half-size image."""
    row, column = np.flatnonzero(finger.template.mask.any(axis=1)), np.flatnonzero(finger.template.mask.any(axis=0))
    top, left = 2 * int(row[0]), 2 * int(column[0])
    rows = min(2 * int(row[-1]) + 2, ridges.shape[0]) - top
    columns = min(2 * int(column[-1]) + 2, ridges.shape[1]) - left
    return _Box(left, top, max(columns // cell, 1) * cell, max(rows // cell, 1) * cell)


def _cells(values: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """Means over square cells."""
    size = (values.shape[1] // cell, values.shape[0] // cell)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _smooth(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)


def _liking(
    mine: NDArray[np.float32], theirs: NDArray[np.float32], reach: int, step: int, parameters: MatchingParameters
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Each cell's correlation under its best shift, that shift (x, y in samples) and its share of common area."""
    cell, sigma = parameters.ridge_cell, parameters.ridge_smoothing
    rows, columns = mine.shape
    both = (mine != 0) & (theirs != 0)
    masked = np.where(both, mine, 0).astype(np.float32)
    wide = cv2.copyMakeBorder(theirs, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(0.0,))
    energy = np.sqrt(_cells(masked * masked, cell) * _cells(theirs * theirs * both, cell))
    norm = np.maximum(_smooth(energy, sigma), 1e-3)
    line = range(0, 2 * reach + 1, step)
    shifts = np.array([(dx, dy) for dy in line for dx in line])
    product = np.empty_like(masked)
    volume = np.empty((*energy.shape, len(shifts)), np.float32)
    for number, (dx, dy) in enumerate(shifts):
        np.multiply(masked, wide[dy : dy + rows, dx : dx + columns], out=product)
        volume[..., number] = _cells(product, cell)
    volume = _smooth(volume, sigma)
    chosen = volume.argmax(axis=-1)
    best = np.take_along_axis(volume, chosen[..., None], axis=-1)[..., 0] / norm
    liked = np.asarray(shifts[chosen] - reach, np.float32)
    return np.asarray(best, np.float32), liked, _cells(both.astype(np.float32), cell)


def _around(common: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest box of cells that holds all common ones."""
    row, column = np.flatnonzero(common.any(axis=1)), np.flatnonzero(common.any(axis=0))
    return slice(int(row[0]), int(row[-1]) + 1), slice(int(column[0]), int(column[-1]) + 1)


def _followed(place: NDArray[np.float32], shift: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """The drawing after each cell moves by its shift, which is given in samples of the first finger's frame."""
    across = np.gradient(place, axis=1) if place.shape[1] > 1 else np.zeros_like(place)
    down = np.gradient(place, axis=0) if place.shape[0] > 1 else np.zeros_like(place)
    return np.asarray(place + (shift[..., :1] * across + shift[..., 1:] * down) / cell, np.float32)


def check(
    first: PreparedFinger, second: PreparedFinger, overlay: Overlay, parameters: MatchingParameters
) -> RidgeAgreement:
    """Correlate the ridges of two fingers under an overlay."""
    cell = parameters.ridge_cell
    if first.template.ridges is None or second.template.ridges is None:
        return RidgeAgreement(parameters.ridge_centre, 0.0)
    box = _box(first, first.template.ridges, cell)
    mine = np.zeros((box.rows, box.columns), np.float32)
    inside = first.template.ridges[box.top : box.top + box.rows, box.left : box.left + box.columns]
    mine[: inside.shape[0], : inside.shape[1]] = inside
    other = second.template.ridges.astype(np.float32)
    place = _place(first, second, overlay, box, parameters)
    found = RidgeAgreement(0.0, 0.0)
    for reach, step in parameters.ridge_passes:
        drawn = cv2.resize(place, None, fx=cell, fy=cell, interpolation=cv2.INTER_LINEAR)
        theirs = np.asarray(cv2.remap(other, drawn[..., 0], drawn[..., 1], cv2.INTER_LINEAR), np.float32)
        common = _cells(((mine != 0) & (theirs != 0)).astype(np.float32), cell) > 0
        if not common.any():
            return found
        part = _around(common)
        whole = tuple(slice(cut.start * cell, cut.stop * cell) for cut in part)
        place, mine, theirs = place[part], np.ascontiguousarray(mine[whole]), np.ascontiguousarray(theirs[whole])
        best, shift, weight = _liking(mine, theirs, reach, step, parameters)
        total = float(weight.sum())
        area = total * (2 * cell) ** 2
        found = RidgeAgreement(float((best * weight).sum()) / total * area / (area + parameters.ridge_area), area)
        if found.correlation < parameters.ridge_hopeless:
            break
        trust = (weight * np.maximum(best, 0) ** 2)[..., None]
        sure = _smooth(np.concatenate([trust * shift, trust], axis=-1), parameters.ridge_bend)
        place = _followed(place, sure[..., :2] / (sure[..., 2:] + np.float32(0.02)), cell)
    return found
