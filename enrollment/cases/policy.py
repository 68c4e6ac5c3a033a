"""Figures of the life cycle, in one versioned place (design: numbers are defaults of one configuration table)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["CasePolicy"]


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """Ages in whole years; the rest says its unit."""

    version: int = 1
    child_until: int = 5
    of_age: int = 18
    oldest: int = 130
    vouches: int = 20
    vouches_within: timedelta = timedelta(days=30)
    replies_kept: timedelta = timedelta(days=30)
    draft_kept: timedelta = timedelta(days=30)
    submitted_kept: timedelta = timedelta(days=90)
    recapture_within: timedelta = timedelta(days=60)
    factor_fresh: timedelta = timedelta(minutes=5)
    held_first: timedelta = timedelta(minutes=1)
    alert_after_tries: int = 3
