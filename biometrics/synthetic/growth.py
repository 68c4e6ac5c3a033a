"""Growing ridges: noise, filtered again and again along the flow, settles into ridges, and where they meet, minutiae.

Source: R. Cappelli, "SFinGe: an approach to synthetic fingerprint generation" (2004), for the idea. The filters here
are separable: a wave under a round Gaussian is cos cos - sin sin, and the angles t and -t share both products.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np

from biometrics.synthetic.fields import Floats
from biometrics.synthetic.parameters import SyntheticParameters

__all__ = ["grow_ridges"]


def grow_ridges(
    orientation: Floats, period: Floats, parameters: SyntheticParameters, generator: np.random.Generator
) -> Floats:
    """Ridges as a smooth wave, float32 in -1 (valley) to 1 (ridge), of the shape of `orientation` (even sides).

    `orientation` in radians counter-clockwise, `period` in px. Most rounds run at half size, where they cost a quarter.
    """
    height, width = orientation.shape
    half = (width // 2, height // 2)
    coarse_angle = _halved_angle(orientation, half)
    coarse_period = np.asarray(cv2.resize(period, half, interpolation=cv2.INTER_AREA), np.float32)
    ridges = generator.standard_normal((half[1], half[0])).astype(np.float32)
    ridges = _rounds(ridges, coarse_angle, coarse_period, 2.0, parameters.coarse_rounds, parameters)
    ridges = np.asarray(cv2.resize(ridges, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    ridges = _rounds(ridges, orientation, period, 1.0, parameters.fine_rounds, parameters)
    return _evened(ridges, parameters)


def _evened(ridges: Floats, parameters: SyntheticParameters) -> Floats:
    """Ridges of one height everywhere, also close to a minutia, where the wave is weak."""
    power = cv2.GaussianBlur(ridges * ridges, (0, 0), parameters.evening)
    height = np.sqrt(2 * np.asarray(power, np.float32))
    return np.clip(ridges / np.maximum(height, parameters.evening_floor), -1, 1)


def _halved_angle(angle: Floats, size: tuple[int, int]) -> Floats:
    cosine = cv2.resize(np.cos(2 * angle), size, interpolation=cv2.INTER_AREA)
    sine = cv2.resize(np.sin(2 * angle), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.arctan2(sine, cosine) / 2, np.float32)


def _rounds(
    ridges: Floats, angle: Floats, period: Floats, reduction: float, rounds: int, parameters: SyntheticParameters
) -> Floats:
    turns = _shares_of_turn(angle, parameters.orientations)
    scales = _shares_of_period(period, parameters.periods)
    for _ in range(rounds):
        grown = np.zeros_like(ridges)
        for middle, scale in zip(parameters.periods, scales, strict=True):
            along = np.zeros_like(ridges)
            for index, response in _responses(ridges, middle / reduction, reduction, parameters):
                along += turns[index] * response
            grown += scale * along
        ridges = np.tanh(parameters.gain * grown)
    return ridges


def _shares_of_turn(angle: Floats, count: int) -> list[Floats]:
    """How much each of `count` wave directions over half a turn counts at each pixel (linear between the nearest two).

    The wave runs across the ridge; in image rows (y down) a ridge angle t has its wave at pi/2 - t.
    """
    place = np.mod((np.pi / 2 - angle) * (count / np.pi), count).astype(np.float32)
    shares = []
    for index in range(count):
        apart = np.abs(place - index)
        apart = np.minimum(apart, count - apart)
        shares.append(np.maximum(0, 1 - apart))
    return shares


def _shares_of_period(period: Floats, periods: tuple[float, ...]) -> list[Floats]:
    knots = np.log(np.array(periods, np.float32))
    place = np.interp(np.log(period), knots, np.arange(len(periods), dtype=np.float32)).astype(np.float32)
    return [np.maximum(0, 1 - np.abs(place - index)) for index in range(len(periods))]


def _responses(
    image: Floats, period: float, reduction: float, parameters: SyntheticParameters
) -> Iterator[tuple[int, Floats]]:
    """(index of direction, image filtered with a wave of `period` in that direction) for all directions."""
    count = parameters.orientations
    middle = parameters.periods[len(parameters.periods) // 2]
    sigma = parameters.envelope / reduction * (period * reduction / middle)
    radius = math.ceil(parameters.envelope_reach * sigma)
    reach = np.arange(-radius, radius + 1, dtype=np.float32)
    bell = np.exp(-(reach**2) / (2 * sigma**2))
    bell /= bell.sum()
    for index in range(count // 2 + 1):
        direction = index * math.pi / count
        u, v = 2 * math.pi / period * math.cos(direction), 2 * math.pi / period * math.sin(direction)
        even = cv2.sepFilter2D(image, -1, bell * np.cos(u * reach), bell * np.cos(v * reach))
        if index in {0, count // 2}:
            yield index, np.asarray(even, np.float32)
            continue
        odd = cv2.sepFilter2D(image, -1, bell * np.sin(u * reach), bell * np.sin(v * reach))
        yield index, np.asarray(even - odd, np.float32)
        yield count - index, np.asarray(even + odd, np.float32)
