"""Can two kinds of answers be told apart? Logistic regression on all that an attacker sees, judged by cross-validation.

An answer becomes numbers: its time, its size, its status, its headers, its words. The figure is the area under the ROC
curve of the scores that samples get from a model that never saw them: 0.5 is guessing, 1 is certainty.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import requests
from numpy.typing import NDArray

__all__ = ["Area", "Seen", "area_of", "see"]

FOLDS = 5
RIDGE = 1.0
STEPS = 12
WORDS = 48
HEADERS = 16
# What differs from one answer to the next for everybody: it is what an attacker sees, and tells them nothing.
_CHANGING = re.compile(r'(?:value|href|action|id|nonce)="[^"]*"|[0-9a-f]{12,}|\bw[a-z]_[\w-]+')
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as an attacker sees it. `seconds` is wall time."""

    seconds: float
    status: int
    size: int
    headers: tuple[str, ...]
    words: tuple[str, ...]


def see(answer: requests.Response, seconds: float) -> Seen:
    """What there is to see of an answer; what changes every time is left out of its words and values."""
    headers = [f"{name.lower()}={_still(value)}" for name, value in answer.headers.items() if name.lower() != "date"]
    words = re.findall(r"\w+", _CHANGING.sub(" ", answer.text))
    return Seen(seconds, answer.status_code, len(answer.content), tuple(sorted(headers)), tuple(words))


def _still(value: str) -> str:
    return re.sub(r"[\w-]{16,}|\d+", "*", value)


@dataclass(frozen=True, slots=True)
class Area:
    """The area under the curve, and its 95 % interval (Hanley and McNeil 1982)."""

    value: float
    low: float
    high: float

    @property
    def tells_nothing(self) -> bool:
        """True when the interval contains guessing."""
        return self.low <= 0.5 <= self.high


def area_of(left: Sequence[Seen], right: Sequence[Seen], seed: int = 1) -> Area:
    """How well `right` can be told from `left`, each in the order it was taken.

    Samples are dealt to five folds at random, the two that were taken one after the other to the same: they share what
    the machine was doing, and a model that saw one would judge the other by it, wrongly. Times count by their logarithm
    and by their rank.
    """
    seen = [*left, *right]
    truth = np.repeat([0.0, 1.0], [len(left), len(right)])
    features = _features(seen)
    dealt = np.random.default_rng(seed).permutation(max(len(left), len(right))) % FOLDS
    folds = np.concatenate([dealt[: len(left)], dealt[: len(right)]])
    scores = np.zeros(len(seen))
    for fold in range(FOLDS):
        held = folds == fold
        centre, spread = features[~held].mean(axis=0), features[~held].std(axis=0)
        scaled = (features - centre) / np.where(spread > 1e-12, spread, 1)
        weights = _fit(scaled[~held], truth[~held])
        # Folds have scales of their own: ranks within a fold can be compared across folds.
        scores[held] = _ranks(scaled[held] @ weights) / held.sum()
    return _area(scores, truth)


def _features(seen: Sequence[Seen]) -> _Floats:
    seconds = np.array([one.seconds for one in seen])
    columns = [
        np.log(seconds),
        _ranks(seconds),
        np.array([one.size for one in seen], np.float64),
        np.array([one.status for one in seen], np.float64),
        np.array([len(one.headers) for one in seen], np.float64),
        np.array([len(one.words) for one in seen], np.float64),
    ]
    hashed = [np.concatenate([_hashed(one.headers, HEADERS), _hashed(one.words, WORDS)]) for one in seen]
    return np.column_stack([*columns, np.array(hashed)])


def _hashed(texts: Sequence[str], size: int) -> _Floats:
    """Counts of texts by a hash of them."""
    counts = np.zeros(size)
    for text in texts:
        counts[hashlib.blake2b(text.encode(), digest_size=4).digest()[0] % size] += 1
    return counts


def _ranks(values: _Floats) -> _Floats:
    """Ranks from 1 on, the same for equal values."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], np.float64)


def _fit(features: _Floats, truth: _Floats) -> _Floats:
    """Weights by Newton's method with a ridge; a constant is not needed, for only the order counts."""
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (truth - chance) - RIDGE * weights
        bend = (features * (chance * (1 - chance))[:, None]).T @ features + RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def _area(scores: _Floats, truth: _Floats) -> Area:
    ones, zeros = int(truth.sum()), int((1 - truth).sum())
    value = (_ranks(scores)[truth == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros)
    above, below = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (ones - 1) * (above - value**2) + (zeros - 1) * (below - value**2)
    reach = 1.96 * float(np.sqrt(variance / (ones * zeros)))
    return Area(float(value), float(value) - reach, float(value) + reach)
