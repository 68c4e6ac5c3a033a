"""What can be measured of a print: each measure a plain number, judged elsewhere."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.orientation import measure
from biometrics.fingerprint.parameters import PARAMETERS
from biometrics.fingerprint.quality_policy import Component
from biometrics.fingerprint.template import CELL, FingerTemplate

__all__ = ["measure_quality"]

Floats: TypeAlias = NDArray[np.float32]


def measure_quality(template: FingerTemplate, image: NDArray[np.uint8]) -> dict[Component, float]:
    """Every component's value for a template and the grey image (height, width) it was extracted from.

    NaN where the template does not tell (one of a foreign record has no ridges).
    """
    size = (template.mask.shape[1], template.mask.shape[0])
    inside = template.mask
    half = _padded(image, size)
    mean, deviation = _local(half, size)
    ridge_share = _ridge_share(half, size, inside)
    values = {
        Component.REGION_OF_INTEREST_AREA: float(np.count_nonzero(inside)) * CELL**2,
        Component.LOCAL_CLARITY: float("nan"),
        Component.ORIENTATION_CERTAINTY: 0.0,
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
    if template.ridges is not None:
        clear = _clarity(half, mean, deviation, template.ridges, size)
        values[Component.LOCAL_CLARITY] = float(clear[inside].mean())
    return values


def _padded(image: NDArray[np.uint8], size: tuple[int, int]) -> Floats:
    """The image at half size, to whole cells."""
    whole = cv2.copyMakeBorder(
        image, 0, size[1] * CELL - image.shape[0], 0, size[0] * CELL - image.shape[1], cv2.BORDER_REPLICATE
    )
    return cv2.resize(whole, (size[0] * 2, size[1] * 2), interpolation=cv2.INTER_AREA).astype(np.float32)


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
