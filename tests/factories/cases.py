"""Applications for tests: staff of two centres, services over one session, and somebody who can be enrolled."""

import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.cases import (
    FACE,
    FINGERS,
    Applicant,
    Attempt,
    Case,
    Cases,
    Check,
    Guard,
    How,
    Joints,
    Kind,
    Moved,
    Order,
    Reason,
    Section,
    State,
    Task,
    Tick,
    cases,
)
from enrollment.cases.case import case_of
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.clock import Clock
from idp.entropy import Entropy
from idp.keys import PurposeKeys, Sealer
from tests.factories.moments import StillClock

CENTRE = uuid.UUID("01900000-0000-7000-8000-000000000001")
ELSEWHERE = uuid.UUID("01900000-0000-7000-8000-000000000002")
WORKER = Task("worker")
# What the rooms above answer.
FOREIGN_GUARDS = (
    Guard.FINGERS_APART, Guard.NO_CANDIDATE, Guard.ADJUDICATED, Guard.NEW_PEOPLE, Guard.RECORDED, Guard.LINKED,
    Guard.CLAIM_PROVEN, Guard.RECOGNISED,
)  # fmt: skip
PERSON: Mapping[str, Any] = {
    "given_names": "Testa",
    "family_name": "Person",
    "birth_date": "1990-02-28",
    "birth_precision": "day",
    "sex": "F",
    "nationality": "SL",
    "birth_country": "SL",
    "address_division": "SL0101",
    "phone": "+232 00 000 001",
}


def staff(*roles: Role, centre: uuid.UUID | None = CENTRE) -> Actor:
    """Somebody of the staff whom nobody else is, at a station of their own."""
    return Actor(uuid.uuid4(), frozenset(roles), centre, None if centre is None else uuid.uuid4())


def held(_case: Case, _attempt: Attempt) -> Refusal | None:
    """A condition that always holds."""
    return None


class Counter:
    """The room's services over one session, and the people of a day."""

    def __init__(
        self,
        session: Session,
        keys: PurposeKeys,
        clock: Clock | None = None,
        checks: Mapping[Guard, Check] | None = None,
        joints: Joints | None = None,
    ) -> None:
        self.session = session
        self.clock = clock or StillClock()
        self.entropy = Entropy(self.clock)
        self.officer = staff(Role.OFFICER)
        self.supervisor = staff(Role.SUPERVISOR)
        self.adjudicator = staff(Role.ADJUDICATOR, centre=None)
        self.registrar = staff(Role.REGISTRAR, centre=None)
        trail = Trail(session, self.clock, self.entropy)
        answers = dict.fromkeys(FOREIGN_GUARDS, held) if checks is None else checks
        joined = replace(joints or Joints(), checks=answers)
        self.cases: Cases = cases(session, Sealer(keys, os.urandom), self.clock, self.entropy, trail, joined)
        self.lifecycle = self.cases.lifecycle
        self.sections = self.cases.sections

    def key(self) -> str:
        """An idempotency key that nobody used."""
        return str(self.entropy.uuid())

    def order(self, by: Actor | Applicant | Task, aid: str, version: int | None = None) -> Order:
        """A request on what is there now, by somebody who just proved to be themself."""
        current = self.case(aid).version if version is None else version
        return Order(by, aid, current, self.key(), self.clock.now())

    def case(self, aid: str) -> Case:
        """The application as it is stored."""
        wanted = select(ApplicationRow).where(ApplicationRow.aid == aid).execution_options(populate_existing=True)
        return case_of(self.session.scalars(wanted).one())

    def opened(self, kind: Kind = Kind.NEW, by: Actor | None = None) -> str:
        """An application that has just been opened."""
        made = self.lifecycle.open(by or self.officer, kind, self.key())
        assert isinstance(made, Moved), made
        return made.aid

    def fill(self, aid: str, by: Actor | None = None, *, leaving: Iterable[Section] = (), **changes: Any) -> None:
        """Everything that a grown-up's application needs, but for the sections to leave out."""
        officer = by or self.officer
        left = set(leaving)
        if Section.CONSENT not in left:
            assert not isinstance(self.cases.consents.give(officer, aid, "v1", "en", How.SIGNED), Refusal)
        if Section.PERSON not in left:
            self.type(aid, officer, **{**PERSON, **changes})
        if Section.DOCUMENTS not in left:
            saved = self.sections.save_field(officer, aid, Section.DOCUMENTS, "document_1", {"type": "passport"})
            assert not isinstance(saved, Refusal), saved
            self.record(aid, officer, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
        if Section.BIOMETRICS not in left:
            self.capture(aid, officer, (FACE, *FINGERS))
        if Section.PREVIEW not in left:
            assert not isinstance(self.sections.confirm(officer, aid, "en"), Refusal)

    def type(self, aid: str, by: Actor | Applicant | None = None, **fields: Any) -> None:
        """Personal details, field by field."""
        for field, value in fields.items():
            saved = self.sections.save_field(by or self.officer, aid, Section.PERSON, field, value)
            assert not isinstance(saved, Refusal), (field, saved)

    def record(self, aid: str, by: Actor, section: Section, **facts: Any) -> None:
        """What a service of another room records."""
        saved = self.sections.record(by, aid, section, facts)
        assert not isinstance(saved, Refusal), saved

    def capture(self, aid: str, by: Actor, positions: Iterable[str]) -> None:
        """Accepted samples, and that presence was looked at."""
        samples = {position: {"sample": str(uuid.uuid4()), "accepted": True} for position in positions}
        self.record(aid, by, Section.BIOMETRICS, **samples)
        for tick in ("looked_at_face", "looked_at_fingers"):
            saved = self.sections.save_field(by, aid, Section.BIOMETRICS, tick, value=True)
            assert not isinstance(saved, Refusal), saved

    def walk(self, aid: str, until: State) -> None:
        """From where it is to `until`, along the straight way."""
        life = self.lifecycle
        steps: dict[State, Callable[[], Moved | Refusal]] = {
            State.CAPTURING: lambda: life.sign(self.order(self.officer, aid)),
            State.SIGNED: lambda: life.take_up(self.order(self.supervisor, aid)),
            State.IN_REVIEW: lambda: life.approve(self.order(self.supervisor, aid), self.ticks(aid)),
            State.APPROVED: lambda: life.receive(self.order(WORKER, aid)),
            State.RECEIVED: lambda: life.validate(self.order(WORKER, aid)),
            State.VALIDATED: lambda: life.search(self.order(WORKER, aid)),
            State.DEDUP: lambda: life.clear(self.order(WORKER, aid)),
            State.ACCEPTED: lambda: life.issue(self.order(WORKER, aid), self.entropy.uuid()),
            State.ISSUED: lambda: life.bind(self.order(WORKER, aid), self.entropy.uuid()),
        }
        while (state := self.case(aid).state) is not until:
            moved = steps[state]()
            assert isinstance(moved, Moved), (state, moved)

    def ticks(self, aid: str) -> dict[Section, Tick]:
        """A reason for each flagged section."""
        return dict.fromkeys(self.sections.judge(self.case(aid)).flagged(), Tick.SEEN)

    def adjudicated(self, by: Actor | None = None) -> str:
        """A filled application that adjudicators must decide."""
        aid = self.opened(by=by)
        self.fill(aid, by)
        self.walk(aid, State.DEDUP)
        assert isinstance(self.lifecycle.refer(self.order(WORKER, aid), Reason.BIOMETRIC), Moved)
        return aid

    def events(self, aid: str) -> list[EventRow]:
        """The history, in order."""
        return list(self.session.scalars(select(EventRow).where(EventRow.aid == aid).order_by(EventRow.n)))

    def audited(self, event: str) -> list[dict[str, Any]]:
        """Bodies of the audit rows of one kind, in no order."""
        return list(self.session.scalars(select(AuditRow.body).where(AuditRow.event == event)))


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None
