"""What the worker does for adjudicators: cases come into the list, appeals go on. Each round commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from enrollment.web.rooms import adjudication
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_log = structlog.get_logger(__name__)


def open_cases() -> int:
    """Open a case for every application that waits for people. How many."""
    count = adjudication().opening.open_new()
    db.session.commit()
    return count


def reopen_appeals() -> int:
    """Let appeals go to people who had no hand in them; say so where there are too few. How many went."""
    opening = adjudication().opening
    count = opening.reopen_appeals()
    stuck = opening.stuck_appeals()
    db.session.commit()
    if stuck:
        _log.warning("appeals_wait_for_people", count=stuck)
    return count


TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "adjudication.cases": (timedelta(seconds=15), open_cases),
    "adjudication.appeals": (timedelta(minutes=5), reopen_appeals),
}
