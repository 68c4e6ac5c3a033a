"""Identification: a probe searched in a gallery, from the scores of all pairs.

Terms are those of ISO/IEC 19795-1: FNIR, the share of mated searches whose mate is not returned at rank 1 at or above
the threshold; FPIR, the share of non-mated searches that return anyone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.protocol import Pairs
from biometrics.evaluation.rates import operating_at, supports

__all__ = ["Searches", "fnir_at", "searches_of", "square"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """Searches of every probe in a gallery of one impression a subject, over several such galleries.

    `mate` is the score of the probe's mate, `best_other` the highest of all others: float64 of shape (searches,).
    Every search counts twice: as mated, and, its mate left out, as non-mated. `gallery` is the number of subjects,
    `left_out` how many further searches have a mate that could not be compared, since one of the two was refused.
    """

    mate: Floats
    best_other: Floats
    gallery: int
    left_out: int = 0

    @property
    def rank_1(self) -> float:
        """The share of searches whose mate scores higher than all others."""
        return float(np.mean(self.mate > self.best_other))


def square(pairs: Pairs, scores: Floats, samples: int) -> NDArray[np.float32]:
    """Scores as a symmetric matrix of shape (samples, samples), NaN where a pair is not among `pairs`."""
    matrix = np.full((samples, samples), np.nan, np.float32)
    matrix[pairs.probe, pairs.reference] = scores
    matrix[pairs.reference, pairs.probe] = scores
    return matrix


def searches_of(matrix: NDArray[np.float32], subjects: NDArray[np.int32]) -> Searches | None:
    """The searches that `matrix` (as `square` makes it, samples in order of impression) allows.

    Gallery k holds the k-th impression of each subject (the only one of a subject with a single impression); its
    probes are all other impressions of subjects that have several. There are as many galleries as every subject with
    several impressions can fill. A mate that was not to be compared (NaN: the same capture) makes no search, one whose
    comparison could not be made (minus infinity) is left out and counted. None where no search is left.
    """
    members = [np.flatnonzero(subjects == subject) for subject in np.unique(subjects)]
    several = [len(own) for own in members if len(own) > 1]
    if len(members) < 2 or not several:
        return None
    mates, others = [np.empty(0)], [np.empty(0)]
    for turn in range(min(several)):
        gallery = np.array([own[turn if len(own) > 1 else 0] for own in members])
        for place, own in enumerate(members):
            probes = own[own != gallery[place]]
            if not len(probes):
                continue
            found = matrix[np.ix_(probes, gallery)].astype(np.float64)
            found = found[~np.isnan(found[:, place])]
            mates.append(found[:, place])
            others.append(np.nan_to_num(np.delete(found, place, axis=1), nan=-np.inf).max(axis=1))
    mate, best_other = np.concatenate(mates), np.concatenate(others)
    made = np.isfinite(mate)
    if not made.any():
        return None
    return Searches(mate[made], best_other[made], len(members), int((~made).sum()))


def fnir_at(searches: Searches, fpir: float) -> tuple[float, float] | None:
    """FNIR and threshold at which no more than the share `fpir` of non-mated searches return anyone.

    None where the number of searches cannot show such a rate (rule of 3).
    """
    if not supports(len(searches.best_other), fpir):
        return None
    threshold = operating_at(searches.mate, searches.best_other, fpir).threshold
    returned = (searches.mate >= threshold) & (searches.mate > searches.best_other)
    return (1.0 - float(np.mean(returned)), threshold if math.isfinite(threshold) else 0.0)
