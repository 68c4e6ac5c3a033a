"""What the worker does for searches: people recorded by an earlier version come into the index of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from enrollment.finding.keeping import AT_ONCE, index_anew
from enrollment.web.centre_rooms import register
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCHES = 20


def index() -> int:
    """Index people anew, few in each transaction. How many."""
    total = 0
    for _ in range(_BATCHES):
        count = index_anew(db.session(), register())
        db.session.commit()
        total += count
        if count < AT_ONCE:
            break
    return total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"register.indexed": (timedelta(minutes=10), index)}
