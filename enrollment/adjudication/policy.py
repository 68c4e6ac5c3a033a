"""Figures of adjudication, in one versioned place (design sections 2 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["AdjudicationPolicy"]


@dataclass(frozen=True, slots=True)
class AdjudicationPolicy:
    """`known` is the share of cases in the list whose answer is known.

    They are taken from cases that two people decided alike, not sooner than `settled` and not later than `remembered`
    after it, each at most `uses` times. Whoever voted sees the result for `shown`. A factor counts for `factor_fresh`.
    An appeal waits until there are `people` who had no hand in it.
    """

    version: int = 1
    known: float = 0.05
    settled: timedelta = timedelta(days=30)
    remembered: timedelta = timedelta(days=330)
    uses: int = 3
    shown: timedelta = timedelta(days=1)
    factor_fresh: timedelta = timedelta(minutes=5)
    people: int = 2
    listed: int = 100
