"""Reading applications: one, for a purpose that the citizen sees; a centre's lists; a history; what is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import case as case_when
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.access import Access, Wish
from enrollment.cases.case import Case, Kind, State, case_of
from enrollment.cases.contents import Sections
from enrollment.cases.judging import Judged, Material
from enrollment.cases.material import Materials
from enrollment.cases.models import ApplicationRow, EventRow, KinRow, SectionRow
from enrollment.cases.orders import Doer, Hand, reference_of
from enrollment.cases.sections import Section, Status
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["CaseFile", "File", "Line", "Purpose", "Step"]

MOST = 100
_READERS = (Role.OFFICER, Role.SUPERVISOR, Role.REGISTRAR, Role.ADJUDICATOR, Hand.APPLICANT, Hand.SYSTEM)
_DECIDED_BY_ADJUDICATORS = frozenset({State.ADJUDICATION, State.APPEAL})
_NOT_DECIDING = tuple(role for role in _READERS if role is not Role.ADJUDICATOR)


class Purpose(StrEnum):
    """Why a record is read; closed, and shown to the citizen."""

    CAPTURE = "capture"
    REVIEW = "review"
    ADJUDICATION = "adjudication"
    APPLICANT = "applicant"
    RECEIPT = "receipt"
    SLIP = "slip"
    PROCESSING = "processing"
    COMPLAINT = "complaint"


# As whom a member of the staff reads for it. The reach of another of their roles does not count.
_FOR: Mapping[Purpose, frozenset[Role]] = MappingProxyType(
    {
        Purpose.CAPTURE: frozenset({Role.OFFICER, Role.SUPERVISOR}),
        Purpose.REVIEW: frozenset({Role.SUPERVISOR}),
        Purpose.ADJUDICATION: frozenset({Role.ADJUDICATOR}),
        Purpose.RECEIPT: frozenset({Role.OFFICER, Role.SUPERVISOR}),
        Purpose.SLIP: frozenset({Role.OFFICER}),
        Purpose.COMPLAINT: frozenset({Role.REGISTRAR}),
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """An application, opened. No `repr`: no log or failure shows it."""

    case: Case
    material: Material
    judged: Judged

    def of(self, section: Section) -> Mapping[str, Any]:
        """What is in one section."""
        return self.material.of(section)


@dataclass(frozen=True, slots=True)
class Line:
    """An application in a list. `flags` counts the sections that a supervisor must look at."""

    case: Case
    flags: int


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of the history."""

    n: int
    event: str
    before: str | None
    after: str
    hand: str
    actor_id: UUID | None
    reason: str | None
    facts: Mapping[str, Any]
    at: datetime


class CaseFile:
    """Reads applications, in the caller's transaction."""

    def __init__(
        self, session: Session, access: Access, sections: Sections, materials: Materials, clock: Clock, trail: Trail
    ) -> None:
        self._session = session
        self._access = access
        self._sections = sections
        self._materials = materials
        self._clock = clock
        self._trail = trail

    def open(self, by: Doer, aid: str, purpose: Purpose) -> File | Refusal:
        """Everything in it; the audit row says who read it, and for what. Refused: as `Access.reach`.

        Adjudicators read cases that are theirs to decide, never those of their own centre. Whoever holds several roles
        reads by the one that the purpose is of (AC-095).
        """
        case = self.find(by, aid)
        if isinstance(case, Refusal):
            return case
        if isinstance(by, Actor):
            refusal = self._access.outside(by, case, Wish("read", _readers(purpose, case)))
            if refusal is not None:
                return self._access.refuse(by, aid, "read", refusal, case)
        body = {"aid": aid, "purpose": purpose.value}
        self._trail.append(
            AuditEvent(Event.ENROLMENT_READ, subscriber_id=case.subscriber_id, actor=reference_of(by), body=body)
        )
        return File(case, self._materials.read(case), self._sections.judge(case))

    def find(self, by: Doer, aid: str) -> Case | Refusal:
        """Where it is, and nothing of what is in it. Refused: as `Access.reach`."""
        roles = _READERS
        if isinstance(by, Actor) and by.roles & set(_READERS) == {Role.ADJUDICATOR}:
            return self._access.reach(by, aid, Wish("read", roles, within=_DECIDED_BY_ADJUDICATORS))
        case = self._access.reach(by, aid, Wish("read", roles))
        if isinstance(case, Refusal) or not isinstance(by, Actor) or case.state in _DECIDED_BY_ADJUDICATORS:
            return case
        refusal = self._access.outside(by, case, Wish("read", _NOT_DECIDING))
        return case if refusal is None else self._access.refuse(by, aid, "read", refusal, case)

    def statuses(self, by: Doer, aid: str) -> Mapping[Section, Status] | Refusal:
        """How far each section is, as last judged, for bars of progress. Refused: as `Access.reach`."""
        case = self.find(by, aid)
        if isinstance(case, Refusal):
            return case
        rows = self._session.execute(select(SectionRow.name, SectionRow.status).where(SectionRow.aid == aid))
        stored = {row.name: row.status for row in rows}
        return {section: Status(stored[section.value]) for section in Section}

    def queue(self, by: Actor, states: Collection[State], most: int = MOST) -> list[Line]:
        """Applications of the actor's centre in these states: flagged first, then those that wait longest.

        Nothing for whoever has no posting, or is neither officer nor supervisor; own and household cases are left out.
        """
        if by.centre_id is None or not by.holds(Role.OFFICER, Role.SUPERVISOR):
            return []
        flags = (
            select(func.count())
            .where(SectionRow.aid == ApplicationRow.aid, SectionRow.status == Status.FLAGGED.value)
            .scalar_subquery()
        )
        kin = exists().where(KinRow.aid == ApplicationRow.aid, KinRow.subscriber_id == by.subscriber_id)
        found = self._session.execute(
            select(ApplicationRow, flags)
            .where(
                ApplicationRow.centre_id == by.centre_id,
                ApplicationRow.state.in_([state.value for state in states]),
                ~kin,
            )
            .order_by(case_when((flags > 0, 0), else_=1), ApplicationRow.changed_at, ApplicationRow.aid)
            .limit(min(most, MOST))
            .execution_options(populate_existing=True)
        )
        return [Line(case_of(row), count) for row, count in found]

    def appeals(self, by: Actor, most: int = MOST) -> list[Case]:
        """Appeals of the whole country that wait for new people, oldest first, for a registrar; for others nothing."""
        if not by.holds(Role.REGISTRAR):
            return []
        kin = exists().where(KinRow.aid == ApplicationRow.aid, KinRow.subscriber_id == by.subscriber_id)
        wanted = select(ApplicationRow).where(ApplicationRow.state == State.APPEAL.value, ~kin)
        rows = self._session.scalars(
            wanted.order_by(ApplicationRow.changed_at, ApplicationRow.aid)
            .limit(min(most, MOST))
            .execution_options(populate_existing=True)
        )
        return [case_of(row) for row in rows]

    def of_kind(self, by: Actor, kind: Kind, states: Collection[State], most: int = MOST) -> list[Case]:
        """Applications of one kind in these states, oldest first, for a registrar; for others nothing.

        Own and household cases are left out.
        """
        if not by.holds(Role.REGISTRAR):
            return []
        kin = exists().where(KinRow.aid == ApplicationRow.aid, KinRow.subscriber_id == by.subscriber_id)
        among = ApplicationRow.kind == kind.value, ApplicationRow.state.in_([state.value for state in states])
        wanted = select(ApplicationRow).where(*among, ~kin).order_by(ApplicationRow.opened_at, ApplicationRow.aid)
        rows = self._session.scalars(wanted.limit(min(most, MOST)).execution_options(populate_existing=True))
        return [case_of(row) for row in rows]

    def history(self, by: Doer, aid: str) -> list[Step] | Refusal:
        """Every transition, in order: numbers without a gap. Refused: as `Access.reach`."""
        case = self.find(by, aid)
        if isinstance(case, Refusal):
            return case
        rows = self._session.scalars(select(EventRow).where(EventRow.aid == aid).order_by(EventRow.n))
        return [
            Step(row.n, row.event, row.from_state, row.to_state, row.hand, row.actor_id, row.reason, row.facts, row.at)
            for row in rows
        ]

    def due(self, states: Collection[State], most: int = MOST) -> list[Case]:
        """Applications in these states whose time is over, for a worker; locked ones are passed over."""
        rows = self._session.scalars(
            select(ApplicationRow)
            .where(
                ApplicationRow.state.in_([state.value for state in states]), ApplicationRow.due_at <= self._clock.now()
            )
            .order_by(ApplicationRow.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return [case_of(row) for row in rows]

    def relate(self, by: Actor, aid: str, subscriber_id: UUID, relation: str) -> Refusal | None:
        """Note that an account is of the applicant's household: of the staff, it cannot touch the application any more.

        Refused: as `Sections.save_field`.
        """
        case = self._sections.reach(by, aid, "relate", (Role.OFFICER,))
        if isinstance(case, Refusal):
            return case
        values = {"aid": aid, "subscriber_id": subscriber_id, "relation": relation}
        self._session.execute(insert(KinRow).values(values).on_conflict_do_nothing())
        return None


def _readers(purpose: Purpose, case: Case) -> frozenset[Role]:
    """Who reads for it; what happens at a centre is the registrars' for a death."""
    roles = _FOR.get(purpose, frozenset())
    return frozenset({Role.REGISTRAR}) if case.kind is Kind.DEATH and Role.SUPERVISOR in roles else roles
