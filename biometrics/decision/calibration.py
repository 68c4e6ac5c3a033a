"""A calibration: what a score of one engine is worth as evidence, and which score stands for which false match rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Source", "Target"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Target:
    """The lowest score at which no more than the share `fmr` of non-mated comparisons match.

    `low` and `high` are the 95 % interval of that score (subjects redrawn); `fnmr` is the share of mated comparisons
    of the calibration's own data that score below it.
    """

    fmr: float
    threshold: float
    low: float
    high: float
    fnmr: float


@dataclass(frozen=True, slots=True)
class Source:
    """One data set that a calibration comes from: how many subjects and comparisons."""

    dataset: str
    subjects: int
    genuine: int
    impostor: int


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The calibration of the scores of `engine` (its name with version and mode), made on the day `made` (ISO 8601).

    `scores` and `ratios` are float64 of shape (knots,), scores strictly rising and ratios never falling: the natural
    logarithm of how much more likely such a score is from a mated than from a non-mated comparison. `loss` is by how
    many bits a comparison the ratios are worse than the best monotone ones for the same data (Cllr less its minimum).
    """

    engine: str
    made: str
    scores: Floats
    ratios: Floats
    targets: tuple[Target, ...]
    sources: tuple[Source, ...]
    loss: float

    def ratio(self, scores: Floats) -> Floats:
        """Log-likelihood ratios of `scores`, of their shape; between the knots by straight lines, beyond them constant.

        So no ratio says more than the data of the calibration can carry. NaN, for a part that is missing, stays NaN.
        """
        found = np.asarray(np.interp(scores, self.scores, self.ratios), np.float64)
        return np.where(np.isnan(scores), np.nan, found)

    def ratio_of(self, score: float) -> float:
        """The same of one score."""
        return float(np.interp(score, self.scores, self.ratios))

    def target(self, fmr: float) -> Target | None:
        """The threshold for a false match rate; None where the data could not support one for just this rate."""
        return next((target for target in self.targets if abs(target.fmr - fmr) <= 1e-9 * fmr), None)
