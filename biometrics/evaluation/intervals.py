"""How far a measured rate may be from the true one.

Comparisons that share a finger or a face rise and fall together, so the bootstrap draws subjects, not comparisons
(the subset bootstrap of Bolle et al., "Error analysis of pattern recognition systems - the subsets bootstrap",
Computer Vision and Image Understanding 93, 2004).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.rates import ErrorCurve, Pooled, curve_of, equal_error

__all__ = ["Interval", "SubjectScores", "bootstrap", "eer_interval", "wilson"]

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
# Enough for the ends of a 95 % interval; fewer where one round costs a second.
ROUNDS = 1000
ROUNDS_OF_LARGE_SETS = 200
LARGE_SET = 300_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class SubjectScores:
    """Scores with the subjects behind them.

    `genuine` and `impostor` are float64 of shape (comparisons,); `genuine_subject` int32 of the same shape as
    `genuine`; `impostor_subjects` int32 of shape (impostor comparisons, 2); subjects are numbered from 0.
    """

    genuine: Floats
    impostor: Floats
    genuine_subject: NDArray[np.int32]
    impostor_subjects: NDArray[np.int32]

    @property
    def subjects(self) -> int:
        """One more than the highest number of a subject."""
        highest = [int(part.max()) for part in (self.genuine_subject, self.impostor_subjects) if part.size]
        return max(highest, default=-1) + 1


def wilson(errors: float, trials: int) -> Interval:
    """The interval of a rate seen as `errors` of `trials` independent trials (Wilson, JASA 22, 1927).

    It stays wide where no error was seen. Raises `ValueError` without trials.
    """
    if trials < 1:
        message = "a rate needs trials"
        raise ValueError(message)
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    rate = errors / trials
    scale = 1.0 + z * z / trials
    centre = (rate + z * z / (2 * trials)) / scale
    half = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / scale
    return Interval(max(0.0, min(centre - half, rate)), min(1.0, max(centre + half, rate)))


def bootstrap(
    scores: SubjectScores,
    statistics: Sequence[Callable[[ErrorCurve], float]],
    generator: np.random.Generator,
    rounds: int | None = None,
) -> list[Interval]:
    """The percentile interval of each of `statistics` over redrawn subjects.

    A subject drawn k times counts its mated comparisons k times, and its non-mated ones against a subject drawn m
    times k x m times; two copies of one subject are never non-mated. Draws without any non-mated comparison left are
    drawn again. Raises `ValueError` as `Pooled.of`, and when there is only one subject.
    """
    if len(np.unique(scores.impostor_subjects)) < 2:
        message = "a bootstrap over subjects needs at least two"
        raise ValueError(message)
    if rounds is None:
        large = len(scores.genuine) + len(scores.impostor) > LARGE_SET
        rounds = ROUNDS_OF_LARGE_SETS if large else ROUNDS
    values = np.array(list(_redrawn(scores, statistics, generator, rounds)))
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(values, [tail, 1 - tail], axis=0)
    return [Interval(float(low), float(high)) for low, high in ends.T]


def _redrawn(
    scores: SubjectScores,
    statistics: Sequence[Callable[[ErrorCurve], float]],
    generator: np.random.Generator,
    rounds: int,
) -> Iterator[list[float]]:
    present = np.unique(np.concatenate([scores.genuine_subject, scores.impostor_subjects.ravel()]))
    pooled = Pooled.of(scores.genuine, scores.impostor)
    made = 0
    while made < rounds:
        drawn = generator.choice(present, size=len(present), replace=True)
        times = np.bincount(drawn, minlength=scores.subjects).astype(np.float64)
        genuine_weights = times[scores.genuine_subject]
        impostor_weights = times[scores.impostor_subjects[:, 0]] * times[scores.impostor_subjects[:, 1]]
        if not genuine_weights.any() or not impostor_weights.any():
            continue
        made += 1
        curve = pooled.curve(genuine_weights, impostor_weights)
        yield [statistic(curve) for statistic in statistics]


def eer_interval(scores: SubjectScores, generator: np.random.Generator) -> Interval:
    """The interval of the equal error rate: the bootstrap's, widened to the Wilson interval of the mated errors.

    A bootstrap alone says that a system without errors can have none, and few subjects make it too narrow.
    """
    rate = equal_error(curve_of(scores.genuine, scores.impostor))
    counted = wilson(rate * len(scores.genuine), len(scores.genuine))
    if len(np.unique(scores.impostor_subjects)) < 2:
        return counted
    (drawn,) = bootstrap(scores, [equal_error], generator)
    return Interval(min(drawn.low, counted.low), max(drawn.high, counted.high))
