"""Candidates of a search, and their identifiers as columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidate", "Ids", "Ratios", "belonging", "join_ids", "split_ids"]

# Scores to natural log-likelihood ratios, of the same shape: the method `ratio` of a calibration.
Ratios = Callable[[NDArray[np.float64]], NDArray[np.float64]]
# Identifiers as two columns, high and low half: uint64 of shape (n, 2).
Ids = NDArray[np.uint64]

_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of a candidate list.

    `id` is a number below 2**128: a 64-bit key, or a UUID by its `int`. `score` is the comparison's own (cosine for
    faces); `ratio` the natural logarithm of how much likelier that score is for the same person than for another.
    """

    id: int
    score: float
    ratio: float


def split_ids(ids: Sequence[int]) -> Ids:
    """High and low halves of identifiers, uint64 (n, 2). Raises `ValueError` outside 0 to 2**128 - 1."""
    if any(not 0 <= value < 1 << 128 for value in ids):
        raise ValueError("an identifier is a number of at most 128 bits")
    halves = np.empty((len(ids), 2), np.uint64)
    halves[:, 0] = [value >> 64 for value in ids]
    halves[:, 1] = [value & _HALF for value in ids]
    return halves


def join_ids(halves: Ids) -> list[int]:
    """The identifiers whose halves these are."""
    return [(high << 64) | low for high, low in halves.tolist()]


def belonging(halves: Ids, ids: Collection[int]) -> NDArray[np.intp]:
    """Which rows (n, 2) belong to any of these ids, rising."""
    wanted = split_ids(sorted(ids, key=lambda value: value & _HALF))
    if not len(wanted):
        return np.zeros(0, np.intp)
    place = np.minimum(np.searchsorted(wanted[:, 1], halves[:, 1]), len(wanted) - 1)
    alike = np.flatnonzero(wanted[place, 1] == halves[:, 1])
    asked = set(ids)
    return alike[np.array([person in asked for person in join_ids(halves[alike])], np.bool_)]
