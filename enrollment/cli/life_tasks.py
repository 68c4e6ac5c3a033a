"""What the worker does for events of people's lives. Each commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from enrollment.cases.errands import RECORD
from enrollment.errors import Refusal
from enrollment.web.life_rooms import life
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCHES = 100

_log = structlog.get_logger(__name__)


def record_death(aid: str) -> None:
    """End the record of somebody whose death two registrars reported; or hold the report."""
    outcome = life().deaths.record(aid)
    db.session.commit()
    if isinstance(outcome, Refusal):
        _log.warning("death_not_recorded", code=outcome.code.value, about=outcome.about)


def call_children() -> int:
    """Call the children whose time has come, few in each transaction. How many."""
    total = 0
    for _ in range(_BATCHES):
        count = life().children.call()
        db.session.commit()
        total += count
        if not count:
            break
    return total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {RECORD: record_death}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"life.children": (timedelta(hours=6), call_children)}
