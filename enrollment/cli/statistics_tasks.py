"""What the worker counts for the dashboards. Each commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from enrollment.statistics.cases import AT_ONCE
from enrollment.web.statistics_rooms import case_counter, comparisons
from idp.database.patience import patient
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCHES = 50
# How long it may take to put a month of a whole country together: seconds, where a page has two.
_SLOWLY = timedelta(minutes=5)


def count() -> int:
    """Count what happened to applications, few in each transaction. How many applications."""
    return _again(lambda: case_counter().count(), AT_ONCE)


def compare() -> int:
    """Count comparisons. How many were read."""
    return _again(lambda: comparisons().count(), AT_ONCE)


def _again(work: Callable[[], int], full: int) -> int:
    total = 0
    with patient(db.engine, _SLOWLY):
        for _ in range(_BATCHES):
            done = work()
            db.session.commit()
            total += done
            if done < full:
                break
    return total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "statistics.cases": (timedelta(minutes=1), count),
    "statistics.comparisons": (timedelta(minutes=10), compare),
}
