"""Where an application stands, for whoever has its number: one of a few plain words, and nothing of what is in it.

What was found, and why it takes longer, is not told here: the number is on a sheet that others may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select

from enrollment.cases.aid import is_aid
from enrollment.cases.case import State
from enrollment.cases.models import ApplicationRow
from idp.database import Session

__all__ = ["STAGES", "Stage", "Standing", "Tracking"]


class Stage(StrEnum):
    """What a citizen is told."""

    HOME = "home"
    CENTRE = "centre"
    REVIEW = "review"
    BACK = "back"
    REGISTER = "register"
    PEOPLE = "people"
    AGAIN = "again"
    READY = "ready"
    CLAIMED = "claimed"
    DECIDED = "decided"
    OVER = "over"


STAGES: Mapping[State, Stage] = MappingProxyType(
    {
        **dict.fromkeys((State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED), Stage.HOME),
        State.CAPTURING: Stage.CENTRE,
        **dict.fromkeys((State.SIGNED, State.IN_REVIEW), Stage.REVIEW),
        State.RETURNED: Stage.BACK,
        **dict.fromkeys(
            (
                State.APPROVED, State.RECEIVED, State.VALIDATED, State.DEDUP, State.ACCEPTED, State.ISSUED, State.HELD,
            ),
            Stage.REGISTER,
        ),
        **dict.fromkeys((State.ADJUDICATION, State.APPEAL), Stage.PEOPLE),
        State.RECAPTURE: Stage.AGAIN,
        State.BOUND: Stage.READY,
        State.CLAIMED: Stage.CLAIMED,
        **dict.fromkeys((State.REJECTED_CENTRE, State.REJECTED_DUPLICATE, State.REJECTED_FRAUD), Stage.DECIDED),
        **dict.fromkeys((State.CANCELLED, State.PRE_EXPIRED), Stage.OVER),
    }
)  # fmt: skip
"""State -> what is told of it; every state stands here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where it is, since when, and until when the person must come, where they must."""

    stage: Stage
    since: datetime
    until: datetime | None


class Tracking:
    """Looks, and changes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, aid: str) -> Standing | None:
        """Where this application stands; None where there is none of that number."""
        if not is_aid(aid):
            return None
        wanted = select(ApplicationRow.state, ApplicationRow.changed_at, ApplicationRow.due_at)
        row = self._session.execute(wanted.where(ApplicationRow.aid == aid)).one_or_none()
        if row is None:
            return None
        stage = STAGES[State(row.state)]
        return Standing(stage, row.changed_at, row.due_at if stage in {Stage.AGAIN, Stage.HOME} else None)
