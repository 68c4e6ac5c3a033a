"""What the worker does once an application was accepted, and what it tells applicants. Each commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from enrollment.cases.errands import ISSUE, TELL
from enrollment.cases.telling import AT_A_TIME
from enrollment.cli.issuing import issuing, telling
from enrollment.errors import Refusal
from enrollment.issuance import Written
from enrollment.web.life_rooms import life
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCHES = 50

_log = structlog.get_logger(__name__)


def issue(aid: str) -> None:
    """Record the person of an accepted application, with number, account and slip; or hold it."""
    outcome = issuing().run(aid)
    if isinstance(outcome, Written):
        life().following.after(aid, outcome.person_id)
    db.session.commit()
    if isinstance(outcome, Refusal):
        _log.warning("application_not_issued", code=outcome.code.value, about=outcome.about)


def tell(aid: str) -> None:
    """Tell the applicant what happened last."""
    telling().tell(aid)
    db.session.commit()


def remind() -> int:
    """Tell those who wait, few in each transaction. How many applications."""
    total = 0
    for _ in range(_BATCHES):
        count = telling().remind()
        db.session.commit()
        total += count
        if count < AT_A_TIME:
            break
    return total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {ISSUE: issue, TELL: tell}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"enrolment.told": (timedelta(minutes=1), remind)}
