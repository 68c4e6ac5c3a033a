"""Figures of comparisons of one person with one person, in one versioned place (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["VerificationPolicy"]


@dataclass(frozen=True, slots=True)
class VerificationPolicy:
    """`rate` is the false match rate that is asked for, whatever is shown; at most `fingers` fingers are at once.

    Images of fingers below a quality of `least_finger` (of 100) are not used.

    A check at a counter is open for `open_for` and takes `tries` captures. What was compared stays written for `kept`.
    """

    version: int = 1
    rate: float = 1e-4
    least_finger: int = 20
    fingers: int = 2
    sample_bytes: int = 5_000_000
    open_for: timedelta = timedelta(minutes=15)
    tries: int = 6
    kept: timedelta = timedelta(days=730)
