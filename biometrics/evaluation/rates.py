"""Error rates of a set of scores. A comparison matches where its score is at or above the threshold.

Terms are those of ISO/IEC 19795-1: FMR, the share of non-mated comparisons that match; FNMR, the share of mated
comparisons that do not. The equal error rate is computed as in Maio et al., "FVC2000: Fingerprint Verification
Competition", IEEE PAMI 24(3), 2002, section 3: scores are discrete, so FMR and FNMR seldom meet exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ErrorCurve",
    "Operating",
    "Pooled",
    "curve_of",
    "equal_error",
    "operating_at",
    "rates_at",
    "supports",
    "supports_precisely",
    "zero_fmr",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCurve:
    """FMR and FNMR, float64 of shape (thresholds,), at every observed score in rising order and at infinity."""

    thresholds: Floats
    fmr: Floats
    fnmr: Floats


@dataclass(frozen=True, slots=True)
class Operating:
    """The rates at one threshold."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Mated and non-mated scores put in one order once, so that many curves can be drawn from them.

    `thresholds` are the distinct scores in rising order; `genuine` and `impostor` say, int64 of shape (comparisons,),
    which of them each score is.
    """

    thresholds: Floats
    genuine: NDArray[np.int64]
    impostor: NDArray[np.int64]

    @classmethod
    def of(cls, genuine: Floats, impostor: Floats) -> Pooled:
        """Mated and non-mated scores, each of shape (comparisons,).

        Scores of minus infinity stand for comparisons that could not be made. Raises `ValueError` where either is
        empty and where a score is not a number.
        """
        if not len(genuine) or not len(impostor):
            message = "error rates need mated and non-mated scores"
            raise ValueError(message)
        pooled = np.concatenate([genuine, impostor]).astype(np.float64)
        if np.isnan(pooled).any() or np.isposinf(pooled).any():
            message = "a score is not a number"
            raise ValueError(message)
        thresholds, place = np.unique(pooled, return_inverse=True)
        return cls(thresholds, place[: len(genuine)], place[len(genuine) :])

    def curve(self, genuine_weights: Floats | None = None, impostor_weights: Floats | None = None) -> ErrorCurve:
        """The curve, each comparison counted by its weight (not negative; shape of the scores; once without).

        Raises `ValueError` for weights that add up to nothing.
        """
        size = len(self.thresholds)
        below_genuine = _below(self.genuine, size, genuine_weights)
        below_impostor = _below(self.impostor, size, impostor_weights)
        return ErrorCurve(np.append(self.thresholds, np.inf), 1.0 - below_impostor, below_genuine)


def curve_of(genuine: Floats, impostor: Floats) -> ErrorCurve:
    """The curve of mated and non-mated scores; arguments and errors as those of `Pooled.of`."""
    return Pooled.of(genuine, impostor).curve()


def _below(place: NDArray[np.int64], size: int, weights: Floats | None) -> Floats:
    counts = np.bincount(place, weights=weights, minlength=size)
    total = float(counts.sum())
    if total <= 0:
        message = "error rates need mated and non-mated comparisons that count"
        raise ValueError(message)
    below = np.concatenate([[0.0], np.cumsum(counts)]) / total
    below[-1] = 1.0
    return below


def equal_error(curve: ErrorCurve) -> float:
    """The equal error rate: the middle of the narrowest interval [FNMR, FMR] around the crossing."""
    last = int(np.searchsorted(curve.fnmr - curve.fmr, 0.0, side="right")) - 1
    first = int(np.searchsorted(curve.fnmr - curve.fmr, 0.0, side="left"))
    low = max(last, 0)
    high = min(first, len(curve.fmr) - 1)
    if curve.fnmr[low] + curve.fmr[low] <= curve.fnmr[high] + curve.fmr[high]:
        return float(curve.fnmr[low] + curve.fmr[low]) / 2
    return float(curve.fnmr[high] + curve.fmr[high]) / 2


def operating_at(genuine: Floats, impostor: Floats, fmr: float) -> Operating:
    """The lowest observed score, as threshold, at which no more than the share `fmr` of non-mated scores match.

    Where none of the observed scores is high enough, the threshold is the next number above them all.
    """
    allowed = math.floor(fmr * len(impostor) + 1e-9)
    if allowed >= len(impostor):
        threshold = float(min(genuine.min(), impostor.min()))
    else:
        limit = float(np.partition(impostor, len(impostor) - 1 - allowed)[len(impostor) - 1 - allowed])
        above = [float(part[part > limit].min()) for part in (genuine, impostor) if (part > limit).any()]
        threshold = min(above, default=math.nextafter(limit, math.inf))
    return rates_at(genuine, impostor, threshold)


def rates_at(genuine: Floats, impostor: Floats, threshold: float) -> Operating:
    """The rates at a given threshold (NaN where there is nothing to count)."""
    fmr = float(np.mean(impostor >= threshold)) if len(impostor) else math.nan
    fnmr = float(np.mean(genuine < threshold)) if len(genuine) else math.nan
    return Operating(threshold, fmr, fnmr)


def zero_fmr(genuine: Floats, impostor: Floats) -> Operating:
    """The rates at the lowest threshold that no non-mated score reaches."""
    return operating_at(genuine, impostor, 0.0)


def supports(comparisons: int, rate: float) -> bool:
    """Whether so many comparisons can show a rate at all: the rule of 3.

    With no error in n independent comparisons the rate is below 3/n with 95 % confidence (ISO/IEC 19795-1, annex B).
    Comparisons share fingers and are not independent, so this is the least that is needed.
    """
    return comparisons * rate >= 3.0 - 1e-9


def supports_precisely(comparisons: int, rate: float) -> bool:
    """Whether so many comparisons measure a rate within 30 % of itself with 90 % confidence: the rule of 30.

    Doddington et al., "The NIST speaker recognition evaluation", Speech Communication 31, 2000: 30 errors are needed.
    """
    return comparisons * rate >= 30.0 - 1e-9
