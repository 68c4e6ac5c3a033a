"""Ridges made clear: filters tuned to the local orientation and period (after Hong, Wan and Jain, 1998).

A plane wave under a round Gaussian is a sum of two separable filters, cos*cos - sin*sin, and the waves at the angles t
and -t share both parts. Sixteen orientations so cost sixteen separable filters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.orientation import Field
from biometrics.fingerprint.parameters import Parameters

__all__ = ["Enhanced", "enhance"]

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Enhanced:
    """`image`: float32 (height, width), ridges negative, local deviation about 1; `period`: px, float32, reduced."""

    image: Floats
    period: Floats


def enhance(
    image: Floats, field: Field, *, periods: tuple[float, ...], envelope: float, parameters: Parameters
) -> Enhanced:
    """Filters along the field with each period and keeps in each region what carries most energy."""
    size = (image.shape[1], image.shape[0])
    chosen = _nearest_orientation(field, size, parameters.orientations)
    masks = [(chosen == index).view(np.uint8) for index in range(parameters.orientations)]
    filtered = [_along(image, masks, period, envelope, parameters.envelope_reach) for period in periods]
    energies = np.stack([_energy(one, parameters) for one in filtered])
    weights = (energies / np.maximum(energies.max(axis=0), 1e-9)) ** parameters.period_sharpness
    weights /= np.maximum(weights.sum(axis=0), 1e-9)
    mixed = np.zeros_like(image)
    for one, weight in zip(filtered, weights, strict=True):
        mixed += one * cv2.resize(weight, size, interpolation=cv2.INTER_LINEAR)
    gain = 1.0 / np.sqrt(_energy(mixed, parameters) + 1e-4, dtype=np.float32)
    mixed *= cv2.resize(gain, size, interpolation=cv2.INTER_LINEAR)
    period = np.tensordot(np.asarray(periods, np.float32), weights, axes=1)
    return Enhanced(mixed, np.asarray(period, np.float32))


def _nearest_orientation(field: Field, size: tuple[int, int], count: int) -> NDArray[np.uint8]:
    """Which filter suits each pixel, 0 to count - 1."""
    cosine, sine = field.at(size)
    turn = np.asarray(cv2.phase(cosine, sine), np.float32)
    turn *= count / (2 * math.pi)
    return np.rint(turn).astype(np.uint8) % count


def _energy(image: Floats, parameters: Parameters) -> Floats:
    step = parameters.reduction
    size = (image.shape[1] // step, image.shape[0] // step)
    square = cv2.resize(cv2.multiply(image, image), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(square, (0, 0), parameters.energy_sigma / step), np.float32)


def _along(image: Floats, masks: list[NDArray[np.uint8]], period: float, envelope: float, reach: float) -> Floats:
    """The image filtered with one period, at each pixel in the orientation whose mask holds it."""
    result = np.zeros_like(image)
    for index, response in _responses(image, len(masks), period, envelope, reach):
        cv2.copyTo(response, masks[index], result)
    return result


def _responses(
    image: Floats, count: int, period: float, envelope: float, reach: float
) -> Iterator[tuple[int, cv2.typing.MatLike]]:
    """Each orientation's number and response; orientation k is that of ridges at k / count of half a turn."""
    places = np.arange(-math.ceil(reach * envelope), math.ceil(reach * envelope) + 1, dtype=np.float64)
    window = np.exp(-(places**2) / (2 * envelope**2))
    window /= window.sum()
    frequency = 2 * math.pi / period
    for index in range(count // 2 + 1):
        angle = math.pi * index / count
        row, column = (frequency * part * places for part in (math.sin(angle), math.cos(angle)))
        even = cv2.sepFilter2D(image, cv2.CV_32F, window * np.cos(row), window * np.cos(column))
        if index in {0, count // 2}:
            yield index, even
            continue
        odd = cv2.sepFilter2D(image, cv2.CV_32F, window * np.sin(row), window * np.sin(column))
        yield index, cv2.subtract(even, odd)
        yield count - index, cv2.add(even, odd)
