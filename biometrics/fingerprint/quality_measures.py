"""What can be measured of a print: each measure a plain number, judged elsewhere."""

from __future__ import annotations

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.orientation import measure
from biometrics.fingerprint.parameters import PARAMETERS
from biometrics.fingerprint.quality_policy import Component
from biometrics.fingerprint.template import CELL, FingerTemplate

__all__ = ["measure_quality"]

Floats: TypeAlias = NDArray[np.float32]
# Pixels well inside the print below which its slopes tell nothing.
_FEWEST: Final = 500
# Pixels: what is finer is the sensor's noise.
_SMOOTHING: Final = 0.8
# Squared grey levels of local deviation: what is fainter is not made even.
_FAINT: Final = 25.0
# Pixels: what is coarser than ridges.
_COARSE: Final = 3.5
# Share of all slopes below which those of a sector are stray ones of ridges that run otherwise.
_SECTOR_SHARE: Final = 0.07
# Percentile of the slopes that stands for the steep ones.
_STEEP: Final = 90.0


def measure_quality(template: FingerTemplate, image: NDArray[np.uint8]) -> dict[Component, float]:
    """Every component's value for a template and the grey image (height, width) it was extracted from.

    NaN where the template does not tell (one of a foreign record has no ridges).
    """
    size = (template.mask.shape[1], template.mask.shape[0])
    inside = template.mask
    whole = _padded(image, size)
    half = _halved(whole)
    mean, deviation = _local(half, size)
    ridge_share = _ridge_share(half, size, inside)
    values = {
        Component.REGION_OF_INTEREST_AREA: float(np.count_nonzero(inside)) * CELL**2,
        Component.LOCAL_CLARITY: float("nan"),
        Component.ORIENTATION_CERTAINTY: 0.0,
        Component.SHARPNESS: 0.0,
        Component.EVENNESS: 0.0,
        Component.CONTRAST: float(np.median(deviation[inside])) if inside.any() else 0.0,
        Component.DRYNESS: ridge_share,
        Component.WETNESS: ridge_share,
        Component.CENTRE: _framed(inside),
        Component.MINUTIAE_COUNT: float(np.count_nonzero(template.quality >= PARAMETERS.reliable_quality)),
    }
    if not inside.any():
        return values
    field = measure(half, blur=0.0, sigma=PARAMETERS.first_tensor_sigma / 2, reduction=CELL // 2)
    values[Component.ORIENTATION_CERTAINTY] = float(field.coherence[inside].mean())
    values[Component.SHARPNESS], values[Component.EVENNESS] = _slopes(whole, inside)
    if template.ridges is not None:
        clear = _clarity(half, mean, deviation, template.ridges, size)
        values[Component.LOCAL_CLARITY] = float(clear[inside].mean())
    return values


def _padded(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The image, to whole cells."""
    below, right = size[1] * CELL - image.shape[0], size[0] * CELL - image.shape[1]
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def _halved(whole: NDArray[np.uint8]) -> Floats:
    size = (whole.shape[1] // 2, whole.shape[0] // 2)
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _slopes(whole: NDArray[np.uint8], inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Sharpness and evenness of the full image well inside the print; NaN where too little of it tells.

    Sharpness: deviations of grey level and of Laplacian over the squared slope, where the local contrast was made even.
    A pure wave, which is what blur leaves of ridges, has 1 whatever its period (no signal has less, by the inequality
    of Cauchy and Schwarz); edges add. Evenness compares the steep slopes of four sectors of directions: a finger that
    moves leaves only those across its way. Sectors into which few slopes point, as the ridges run, tell nothing.
    """
    well = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    here = cv2.resize(well, whole.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    if np.count_nonzero(here) < _FEWEST:
        return float("nan"), float("nan")
    smooth = np.asarray(cv2.GaussianBlur(whole.astype(np.float32), (0, 0), _SMOOTHING), np.float32)
    even = smooth - cv2.GaussianBlur(smooth, (0, 0), _COARSE)
    even /= np.sqrt(np.maximum(cv2.GaussianBlur(even * even, (0, 0), PARAMETERS.contrast_sigma), _FAINT))
    squared = float(np.mean(_slope(even, 0)[here] ** 2 + _slope(even, 1)[here] ** 2))
    curved = float(cv2.Laplacian(even, cv2.CV_32F)[here].std())
    sharpness = curved * float(even[here].std()) / max(squared, 1e-6)
    across, down = _slope(smooth, 1)[here], _slope(smooth, 0)[here]
    steepness = np.hypot(across, down)
    sector = np.rint(np.arctan2(down, across) * (4 / np.pi)).astype(np.int32) % 4
    told = np.flatnonzero(np.bincount(sector, minlength=4) >= _SECTOR_SHARE * len(sector))
    peaks = [float(np.percentile(steepness[sector == number], _STEEP)) for number in told]
    return sharpness, min(peaks) / max(*peaks, 1e-6) if len(peaks) > 1 else float("nan")


def _slope(values: Floats, axis: int) -> Floats:
    """Grey levels a pixel, across where `axis` is 1 and down where it is 0."""
    return np.asarray(cv2.Sobel(values, cv2.CV_32F, axis, 1 - axis, ksize=1, scale=0.5), np.float32)


def _cells(values: cv2.typing.MatLike, size: tuple[int, int]) -> Floats:
    """Gaussian means at each cell."""
    reduced = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(reduced, (0, 0), PARAMETERS.contrast_sigma / CELL), np.float32)


def _local(half: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    mean = _cells(half, size)
    square = _cells(cv2.multiply(half, half), size)
    return mean, np.sqrt(np.maximum(square - mean * mean, 0), dtype=np.float32)


def _clarity(half: Floats, mean: Floats, deviation: Floats, ridges: NDArray[np.int8], size: tuple[int, int]) -> Floats:
    """Local correlation of the image with its enhanced ridges, at least 0; inverted images count alike."""
    seen = np.zeros_like(half)
    seen[: ridges.shape[0], : ridges.shape[1]] = ridges
    ridge_mean, ridge_deviation = _local(seen, size)
    both = _cells(cv2.multiply(half, seen), size) - mean * ridge_mean
    return np.asarray(np.abs(both / np.maximum(deviation * ridge_deviation, 1.0)), np.float32)


def _ridge_share(half: Floats, size: tuple[int, int], inside: NDArray[np.bool_]) -> float:
    """Share of the print darker than the middle between the darkest and the lightest nearby."""
    if not inside.any():
        return 0.0
    kernel = np.ones((9, 9), np.uint8)
    middle = cv2.GaussianBlur(0.5 * (cv2.erode(half, kernel) + cv2.dilate(half, kernel)), (0, 0), 4.0)
    dark = _cells((half < middle).astype(np.float32), size)
    return float(dark[inside].mean())


def _framed(inside: NDArray[np.bool_]) -> float:
    """Share of the outline that lies on the frame: how much of the finger is cut off there."""
    bits = np.pad(inside, 1).astype(np.int8)
    outline = sum(int(np.count_nonzero(np.diff(bits, axis=axis))) for axis in (0, 1))
    border = sum(int(np.count_nonzero(side)) for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
    return border / outline if outline else 0.0
