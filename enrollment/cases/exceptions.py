"""Parts of the body that cannot be captured. Nobody is refused a number for them (design section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.access import Access, Wish
from enrollment.cases.case import State
from enrollment.cases.contents import Sections
from enrollment.cases.models import ExceptionRow
from enrollment.cases.orders import reference_of
from enrollment.cases.people import People
from enrollment.cases.sections import POSITIONS, Section
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session

__all__ = ["BodyException", "Exceptions", "Why"]


class Why(StrEnum):
    """Why a position cannot be captured. `injured` and `medical` may pass: they have a day to come again."""

    MISSING = "missing"
    INJURED = "injured"
    WORN = "worn"
    DEFORMED = "deformed"
    CHILD = "child"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True)
class BodyException:
    """A position and what is the matter. `photo_id` is a stored picture that shows it.

    `recall_on` is the day to come again, for what is not permanent.
    """

    position: str
    why: Why
    permanent: bool
    photo_id: UUID | None = None
    recall_on: date | None = None
    granted_by: UUID | None = None


class Exceptions:
    """Notes and grants exceptions, in the caller's transaction."""

    def __init__(
        self, session: Session, access: Access, people: People, sections: Sections, clock: Clock, trail: Trail
    ) -> None:
        self._session = session
        self._access = access
        self._people = people
        self._sections = sections
        self._clock = clock
        self._trail = trail

    def note(self, by: Actor, aid: str, given: BodyException) -> BodyException | Refusal:
        """The officer notes one; a supervisor's word for an earlier one of the position does not cover it.

        It counts with a picture, or once a supervisor grants it. Refused: as `Sections.save_field`, and `ENR_SCHEMA`
        about what cannot be (no such position; a missing finger that will be back, a permanent injury).
        """
        fault = _fault(given, self._clock.now().date())
        if fault is not None:
            return Refusal(Code.ENR_SCHEMA, fault)
        case = self._sections.reach(by, aid, "exception", (Role.OFFICER,))
        if isinstance(case, Refusal):
            return case
        noted = BodyException(given.position, given.why, given.permanent, given.photo_id, given.recall_on)
        held = next((held for held in self.listed(aid) if held.position == given.position), None)
        if held is not None and (held.why, held.permanent, held.photo_id, held.recall_on) == (
            noted.why, noted.permanent, noted.photo_id, noted.recall_on
        ):  # fmt: skip
            return held
        values = {
            "reason": noted.why.value,
            "permanent": noted.permanent,
            "recall_on": noted.recall_on,
            "photo_id": noted.photo_id,
            "noted_by": by.subscriber_id,
            "noted_at": self._clock.now(),
            "granted_by": None,
            "granted_at": None,
        }
        self._session.execute(
            insert(ExceptionRow)
            .values(aid=aid, position=noted.position, **values)
            .on_conflict_do_update(index_elements=["aid", "position"], set_=values)
        )
        self._sections.touch(by, case, Section.EXCEPTIONS)
        self._audit(Event.ENROLMENT_EXCEPTION_NOTED, by, aid, noted)
        return noted

    def remove(self, by: Actor, aid: str, position: str) -> Refusal | None:
        """It was none. Refused: as `Sections.save_field`, and `ENR_STATE` where there is none."""
        case = self._sections.reach(by, aid, "exception", (Role.OFFICER,))
        if isinstance(case, Refusal):
            return case
        held = next((held for held in self.listed(aid) if held.position == position), None)
        if held is None:
            return Refusal(Code.ENR_STATE, Section.EXCEPTIONS.value)
        self._session.execute(delete(ExceptionRow).where(ExceptionRow.aid == aid, ExceptionRow.position == position))
        self._sections.touch(by, case, Section.EXCEPTIONS)
        self._audit(Event.ENROLMENT_EXCEPTION_REMOVED, by, aid, held)
        return None

    def grant(self, by: Actor, aid: str, position: str) -> BodyException | Refusal:
        """A supervisor of the centre gives their word, while it is captured. Never for what they captured themself.

        Refused: as `Access.reach`, `ENR_STATE` (not captured now, no such exception), `ENR_FOUREYES`.
        """
        case = self._access.reach(by, aid, Wish("grant", (Role.SUPERVISOR,), lock=True))
        if isinstance(case, Refusal):
            return case
        held = next((held for held in self.listed(aid) if held.position == position), None)
        refusal = None
        if case.state is not State.CAPTURING or held is None:
            refusal = Refusal(Code.ENR_STATE, case.state.value)
        elif self._people.among(by.subscriber_id, self._access.hands(aid)):
            refusal = Refusal(Code.ENR_FOUREYES, "captured")
        if held is None or refusal is not None:
            return self._access.refuse(by, aid, "grant", refusal or Refusal(Code.ENR_STATE), case)
        self._session.execute(
            update(ExceptionRow)
            .where(ExceptionRow.aid == aid, ExceptionRow.position == position)
            .values(granted_by=by.subscriber_id, granted_at=self._clock.now())
            .execution_options(synchronize_session=False)
        )
        # Whoever gave their word may still review: that is no hand in the capture.
        self._sections.touch(None, case, Section.EXCEPTIONS)
        self._audit(Event.ENROLMENT_EXCEPTION_GRANTED, by, aid, held)
        return next(held for held in self.listed(aid) if held.position == position)

    def listed(self, aid: str) -> list[BodyException]:
        """The exceptions of an application, for whoever reached it."""
        rows = self._session.scalars(
            select(ExceptionRow)
            .where(ExceptionRow.aid == aid)
            .order_by(ExceptionRow.position)
            .execution_options(populate_existing=True)
        )
        return [
            BodyException(row.position, Why(row.reason), row.permanent, row.photo_id, row.recall_on, row.granted_by)
            for row in rows
        ]

    def _audit(self, event: Event, by: Actor, aid: str, what: BodyException) -> None:
        # The reason is about somebody's health: the row names the position alone.
        body: dict[str, BodyValue] = {"aid": aid, "position": what.position, "permanent": what.permanent}
        self._trail.append(AuditEvent(event, actor=reference_of(by), body=body))


def _fault(given: BodyException, today: date) -> str | None:
    if given.position not in POSITIONS:
        return "position"
    lasting = {Why.MISSING: True, Why.DEFORMED: True, Why.INJURED: False, Why.CHILD: False}
    if lasting.get(given.why, given.permanent) is not given.permanent:
        return "permanent"
    if given.recall_on is not None and (given.permanent or given.recall_on <= today):
        return "recall_on"
    return "recall_on" if given.why is Why.INJURED and given.recall_on is None else None
