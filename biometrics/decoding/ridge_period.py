"""The distance between ridges of a fingerprint at unknown scale, from the spectra of small blocks.

Ridges make a block one plane wave, whose period the peak of the block's power spectrum tells. A block shows periods
between an eighth and a third of its side well, so a pyramid of octaves gives a rough answer, and a second look at the
image resized to a fixed period the fine one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.parameters import ResolutionParameters

__all__ = ["RidgePeriod", "ridge_period"]


@dataclass(frozen=True, slots=True)
class RidgePeriod:
    """Median distance between ridges, how clear they are (0 to about 0.4), and how far blocks agree (0 to 1)."""

    pixels: float
    clarity: float
    agreement: float


def ridge_period(grey: NDArray[np.uint8], parameters: ResolutionParameters) -> RidgePeriod | None:
    """Measures a grey image, shape (height, width); None where there is nothing that could be ridges."""
    rough: RidgePeriod | None = None
    level, scale = grey, 1.0
    for _ in range(parameters.octaves):
        found = _measured(level, parameters, parameters.rough_blocks)
        if found is not None and (rough is None or found.clarity * found.agreement > rough.clarity * rough.agreement):
            rough = RidgePeriod(found.pixels * scale, found.clarity, found.agreement)
        if min(level.shape) < 2 * parameters.block:
            break
        size = (level.shape[1] // 2, level.shape[0] // 2)
        level, scale = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8), scale * 2
    if rough is None:
        return None
    factor = parameters.measured_period / rough.pixels
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    level = np.asarray(cv2.resize(grey, size, interpolation=way), np.uint8)
    fine = _measured(level, parameters, parameters.fine_blocks)
    return None if fine is None else RidgePeriod(fine.pixels / factor, fine.clarity, fine.agreement)


def _measured(grey: NDArray[np.uint8], parameters: ResolutionParameters, most: int) -> RidgePeriod | None:
    """The weighted median over at most `most` blocks."""
    blocks = _blocks(grey, parameters, most)
    if not len(blocks):
        return None
    periods, shares = _waves(blocks, parameters)
    weights = np.maximum(shares - parameters.share, 0) ** 2
    weights[(periods < parameters.shortest) | (periods > parameters.longest)] = 0
    total = float(weights.sum())
    if total <= 0:
        return None
    order = np.argsort(periods)
    middle = float(periods[order][np.searchsorted(np.cumsum(weights[order]), total / 2)])
    agreeing = float(weights[np.abs(np.log(periods / middle)) < np.log(parameters.agreeing)].sum())
    return RidgePeriod(middle, total / len(blocks), agreeing / total)


def _blocks(grey: NDArray[np.uint8], parameters: ResolutionParameters, most: int) -> NDArray[np.float32]:
    """Blocks with contrast, evenly chosen, shape (n, block, block)."""
    side = parameters.block
    if min(grey.shape) < side:
        return np.empty((0, side, side), np.float32)
    hop = max(side // 2, round((grey.shape[0] * grey.shape[1]) ** 0.5 / parameters.grid_blocks))
    views = np.lib.stride_tricks.sliding_window_view(grey, (side, side))[::hop, ::hop].reshape(-1, side, side)
    deviations = views[:, ::2, ::2].reshape(len(views), -1).std(axis=1, dtype=np.float32)
    floor = max(parameters.least_deviation, parameters.relative_deviation * float(np.percentile(deviations, 95)))
    kept = np.flatnonzero(deviations > floor)
    if len(kept) > most:
        kept = kept[np.linspace(0, len(kept) - 1, most).astype(np.intp)]
    return views[kept].astype(np.float32)


def _waves(
    blocks: NDArray[np.float32], parameters: ResolutionParameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Period of each block's strongest wave, and its share of the block's energy (0 to 1), each of shape (n,)."""
    side = parameters.block
    window = np.outer(np.hanning(side + 2)[1:-1], np.hanning(side + 2)[1:-1]).astype(np.float32)
    means = np.tensordot(blocks, window, 2)[:, None, None] / window.sum()
    spectrum = np.fft.rfft2((blocks - means) * window)
    power = spectrum.real**2 + spectrum.imag**2
    rows, columns = np.fft.fftfreq(side) * side, np.arange(side // 2 + 1)
    radius = np.hypot(rows[:, None], columns[None, :])
    band = (radius >= side / parameters.longest - 0.5) & (radius <= side / parameters.shortest + 0.5)
    peak = np.where(band, power, 0).reshape(len(power), -1).argmax(axis=1)
    row, column = np.divmod(peak, side // 2 + 1)
    around = _neighbours(power, row, column)
    logs = np.log(around + 1e-6)
    y = rows[row] + _summit(logs[:, 0, 1], logs[:, 1, 1], logs[:, 2, 1])
    x = columns[column] + _summit(logs[:, 1, 0], logs[:, 1, 1], logs[:, 1, 2])
    doubled = np.full(side // 2 + 1, 1.0)
    doubled[[0, -1]] = 0.5
    energy = (power @ doubled).sum(axis=1)
    return side / np.maximum(np.hypot(x, y), 1e-3), np.minimum(around.sum(axis=(1, 2)) / (energy + 1e-6), 1.0)


def _neighbours(power: NDArray[np.floating], row: NDArray[np.intp], column: NDArray[np.intp]) -> NDArray[np.float64]:
    """The 3 x 3 values around a place of each half spectrum, across its edges by symmetry; shape (n, 3, 3)."""
    side = power.shape[1]
    steps = np.arange(-1, 2)
    y = row[:, None, None] + steps[None, :, None]
    x = column[:, None, None] + steps[None, None, :]
    outside = (x < 0) | (x > side // 2)
    y = np.where(outside, -y, y) % side
    x = np.where(x < 0, -x, np.where(x > side // 2, side - x, x))
    around: NDArray[np.float64] = power[np.arange(len(power))[:, None, None], y, x].astype(np.float64)
    return around


def _summit(before: NDArray[np.float64], here: NDArray[np.float64], behind: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where between neighbours a parabola through three logarithms has its summit, -0.6 to 0.6."""
    bend = np.minimum(before - 2 * here + behind, -1e-6)
    steps: NDArray[np.float64] = 0.5 * (before - behind) / bend
    return np.clip(steps, -0.6, 0.6)
