"""How many pixels to the inch, told or estimated, and the image brought to 500."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from biometrics.decoding.parameters import ResolutionParameters
from biometrics.decoding.ridge_period import ridge_period
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample

__all__ = ["at_500_ppi", "believable", "estimated_ppi"]

_STANDARD = ResolutionParameters()
_MOST_PIXELS = 1 << 24


def believable(told: tuple[float, float] | None) -> float | None:
    """A told resolution in pixels per inch, if a sensor may have it: square pixels, 150 to 2000.

    That leaves out the 72 and 96 that programs write where they know nothing.
    """
    if told is None:
        return None
    if not all(math.isfinite(value) and _STANDARD.lowest_ppi <= value <= _STANDARD.highest_ppi for value in told):
        return None
    x, y = told
    return (x + y) / 2 if abs(x - y) <= 0.02 * max(x, y) else None


def estimated_ppi(sample: Sample, parameters: ResolutionParameters = _STANDARD) -> float | None:
    """Pixels per inch by the distance between ridges; None where no ridges are seen.

    Taken for a usual sensor's resolution where it is near one, because ridges of single fingers differ by a fifth.
    """
    period = ridge_period(sample.grey, parameters)
    if period is None or period.clarity < parameters.least_weight or period.agreement < parameters.least_agreement:
        return None
    ppi = parameters.target_ppi * period.pixels / parameters.ridge_period
    for usual in parameters.usual_ppi:
        if max(ppi / usual, usual / ppi) <= parameters.snap:
            return usual
    return ppi


def at_500_ppi(sample: Sample, parameters: ResolutionParameters = _STANDARD) -> Sample | Refused:
    """A finger sample at 500 pixels per inch, with `stored_ppi` and `estimated` set to how it came there.

    A told resolution that is unusual is held against the ridges, and given up where they contradict it plainly.
    Refuses with `sample.resolution` where none is told and no ridges are seen, or the ridges are out of the range of
    sensors, and with `sample.pixels` where the result would have more than 16.7 Mpx.
    """
    ppi, estimated = sample.ppi, False
    if ppi is None or not _usual(ppi, parameters):
        seen = estimated_ppi(sample, parameters)
        if ppi is None and seen is None:
            return Refused(Reason.SAMPLE_RESOLUTION, "no resolution told and no ridges seen")
        if seen is not None and (ppi is None or max(ppi / seen, seen / ppi) > parameters.told_ratio):
            ppi, estimated = seen, True
    lowest = parameters.lowest_estimate if estimated else parameters.lowest_ppi
    if ppi is None or not lowest <= ppi <= parameters.highest_ppi:
        return Refused(Reason.SAMPLE_RESOLUTION, f"{ppi} pixels per inch")
    factor = parameters.target_ppi / ppi
    done = replace(sample, ppi=parameters.target_ppi, stored_ppi=ppi, estimated=estimated)
    if abs(factor - 1) < parameters.untouched:
        return done
    height, width = (max(1, round(side * factor)) for side in sample.pixels.shape[:2])
    if height * width > _MOST_PIXELS:
        return Refused(Reason.SAMPLE_PIXELS, f"{width} x {height} pixels at {parameters.target_ppi:g} ppi")
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return replace(done, pixels=np.asarray(cv2.resize(sample.pixels, (width, height), interpolation=way), np.uint8))


def _usual(ppi: float, parameters: ResolutionParameters) -> bool:
    """Whether a told resolution is that of a usual sensor."""
    return any(abs(ppi / usual - 1) <= parameters.near_usual for usual in parameters.usual_ppi)
