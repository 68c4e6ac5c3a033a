"""Cases for adjudicators: applications with what a search said of them, people who decide, and what is captured."""

import os
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from enrollment.adjudication import (
    AdjudicationPolicy,
    Answers,
    Ballot,
    Choice,
    Ground,
    Vote,
    Voted,
    adjudication,
)
from enrollment.adjudication.models import AdjudicationRow
from enrollment.capture import FINGERS, Position
from enrollment.capture.models import SampleRow, TemplateRow
from enrollment.cases import Kind, Moved, Reason, State
from enrollment.cases.models import ApplicationRow
from enrollment.centres import Staff
from enrollment.centres.actors import Actor, Role
from enrollment.deduplication import Hit, Why
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.errors import Refusal
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.storage import Kind as Stored
from enrollment.storage.models import StoredObjectRow
from idp.audit import Trail
from idp.database import Base
from idp.keys import PurposeKeys
from tests.factories.cases import FOREIGN_GUARDS, WORKER, Counter, held, staff
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.factories.register import Office

SAME = Vote(Choice.SAME, Ground.RETRY)
DIFFERENT = Vote(Choice.DIFFERENT)
UNSURE = Vote(Choice.UNSURE)
POOR = Vote(Choice.POOR)
FRAUD = Vote(Choice.SAME, Ground.FRAUD)
MIX_UP = Vote(Choice.SAME, Ground.MIX_UP)
GRANT = Vote(Choice.GRANT)
DENY = Vote(Choice.DENY)
# No known cases but those that a test shows by itself.
PLAIN = AdjudicationPolicy(known=0.0)


class Chamber:
    """The room over one session, with the counter and the register behind it, and six people who adjudicate."""

    shown = Position.FACE

    def __init__(
        self,
        session: Session,
        keys: PurposeKeys | None = None,
        clock: StillClock | None = None,
        policy: AdjudicationPolicy = PLAIN,
        people: Iterable[Actor] = (),
    ) -> None:
        self.session = session
        self.keys = keys or purpose_keys()
        self.clock = clock or StillClock()
        self.people = [*people] or [staff(Role.ADJUDICATOR, centre=None) for _ in range(6)]
        self.office = Office(session, keys=self.keys, clock=self.clock)
        self.answers = Answers(session, self.clock, lambda: self.people, policy, self._eyes())
        checks = dict.fromkeys(FOREIGN_GUARDS, held) | self.answers.checks()
        self.counter = Counter(session, self.keys, self.clock, checks)
        trail = Trail(session, self.clock, self.counter.entropy)
        room = adjudication(
            session,
            self.counter.cases,
            self.answers,
            self.office.register,
            self.clock,
            self.counter.entropy,
            trail,
            policy,
        )
        self.desk, self.opening, self.agreement = room.desk, room.opening, room.agreement

    def _eyes(self) -> Colleagues:
        members = Staff(self.session, self.clock, self.office.trail)
        return Colleagues(ProvenAccounts(self.session, self.clock), members, self.clock)

    def referred(
        self,
        hits: Iterable[Hit],
        *,
        kind: Kind = Kind.NEW,
        reason: Reason = Reason.BIOMETRIC,
        by: Actor | None = None,
        person_id: uuid.UUID | None = None,
        owner: uuid.UUID | None = None,
    ) -> str:
        """An application in `ADJUDICATION` whose search named these, with a face and two fingers captured.

        It is put there, without the way that leads to it: a test has many.
        """
        counter = self.counter
        opened = counter.lifecycle.open(
            by or counter.officer, kind, counter.key(), person_id=person_id, subscriber_id=owner
        )
        assert isinstance(opened, Moved), opened
        put(self.session, opened.aid, state=State.ADJUDICATION.value, version=7, searched=True)
        searched(self.session, self.clock, opened.aid, hits, reason)
        self.captured(opened.aid)
        return opened.aid

    def put(self, aid: str, **columns: object) -> None:
        """Change an application's row behind everybody's back."""
        put(self.session, aid, **columns)

    def change(self, table: type[Base], which: ColumnElement[bool], **columns: object) -> None:
        """Change rows behind everybody's back."""
        self.session.execute(update(table).where(which).values(**columns))

    def owner_of(self, object_id: object) -> uuid.UUID | None:
        """Whose object it is."""
        return self.session.scalar(select(StoredObjectRow.owner_id).where(StoredObjectRow.id == object_id))

    def write(self, aid: str, **details: Any) -> None:
        """Personal details of an application, whatever state it is in."""
        state = self.state(aid).value
        put(self.session, aid, state=State.CAPTURING.value)
        self.counter.type(aid, **details)
        put(self.session, aid, state=state)

    def refer(self, aid: str, hits: Iterable[Hit], reason: Reason = Reason.BIOMETRIC) -> None:
        """What a search writes down, and the step that follows."""
        self.counter.walk(aid, State.DEDUP)
        searched(self.session, self.clock, aid, hits, reason)
        assert isinstance(self.counter.lifecycle.refer(self.counter.order(WORKER, aid), reason), Moved)

    def name(self, aid: str, hits: Iterable[Hit]) -> None:
        """Add to what the last search of an application named."""
        attempt = self.session.scalar(select(func.max(SearchRow.attempt)).where(SearchRow.aid == aid))
        _named(self.session, aid, attempt or 0, hits)

    def registered(self, *positions: Position, **facts: str) -> tuple[str, uuid.UUID]:
        """Somebody with a number, from an application whose samples are kept; AID and person."""
        aid = self.counter.opened()
        person_id = self.office.person(**facts)
        put(self.session, aid, state=State.ISSUED.value, version=9, searched=True, person_id=person_id)
        self.captured(aid, positions or STRONG)
        return aid, person_id

    def captured(self, aid: str, positions: Collection[Position] = ()) -> None:
        """Rows of samples, and of minutiae, that stand for images in no store."""
        owner = self.counter.case(aid).subject_key_id
        for position in positions or STRONG:
            sampled(self.session, self.clock, aid, owner, position)

    def case_of(self, aid: str) -> uuid.UUID:
        """The case of an application's present round."""
        self.opening.open_new()
        version = self.counter.case(aid).version
        found = self.session.scalar(
            select(AdjudicationRow.id).where(
                AdjudicationRow.aid == aid, AdjudicationRow.version == version, ~AdjudicationRow.known
            )
        )
        assert found is not None
        return found

    def ballot(self, by: Actor, case_id: uuid.UUID, votes: Mapping[int, Vote]) -> Ballot:
        """A vote by somebody who just proved to be themself."""
        return Ballot(by, case_id, votes, self.counter.key(), self.clock.now())

    def vote(self, by: Actor, case_id: uuid.UUID, votes: Mapping[int, Vote] | Vote) -> Voted | Refusal:
        """The same answer to all that is asked, or these."""
        if isinstance(votes, Vote):
            sheet = self.desk.open(by, case_id)
            if isinstance(sheet, Refusal):
                return sheet
            votes = dict.fromkeys(sheet.questions(), votes)
        return self.desk.vote(self.ballot(by, case_id, votes))

    def decided(self, aid: str, votes: Mapping[int, Vote] | Vote, people: Iterable[Actor] = ()) -> Voted:
        """What came of it when two vote alike."""
        case_id = self.case_of(aid)
        first, second = tuple(people) or self.people[:2]
        outcomes = [self.vote(by, case_id, votes) for by in (first, second)]
        assert isinstance(outcomes[1], Voted), outcomes
        return outcomes[1]

    def state(self, aid: str) -> State:
        """Where an application is."""
        return self.counter.case(aid).state


STRONG = (Position.FACE, Position.RIGHT_THUMB, Position.LEFT_INDEX)


def person_hit(person_id: uuid.UUID, why: Why = Why.COMPARED) -> Hit:
    """A person of the register, as a search names somebody; with figures to be kept from whoever votes."""
    return Hit(person_id, None, why, 31.5, {"face": 11.25, "right_thumb": 20.25}, 0.125)


def application_hit(aid: str) -> Hit:
    """An application without a number, as a search names one."""
    return Hit(None, aid, Why.COMPARED, 31.5, {"right_thumb": 31.5})


def put(session: Session, aid: str, **columns: object) -> None:
    """An application where it is wanted."""
    session.execute(update(ApplicationRow).where(ApplicationRow.aid == aid).values(**columns))


def searched(session: Session, clock: StillClock, aid: str, hits: Iterable[Hit], reason: Reason) -> None:
    """A search that ended, written down as the search room does."""
    version = session.execute(select(ApplicationRow.version).where(ApplicationRow.aid == aid)).scalar_one()
    ended = {"ended_at": clock.now(), "outcome": "refer", "reason": reason.value, "people": 9, "review": 20.5}
    begun = {"aid": aid, "attempt": version, "begun_at": clock.now(), "entered": 0, "policy": 1}
    session.execute(insert(SearchRow).values(begun | ended))
    _named(session, aid, version, hits)


def sampled(session: Session, clock: StillClock, aid: str, owner: uuid.UUID, position: Position) -> None:
    """A sample and, of a finger, its minutiae; the objects are nowhere."""
    image = _stored(session, clock, owner, Stored.FINGER_IMAGE if position in FINGERS else Stored.FACE_IMAGE)
    sample_id = uuid.uuid4()
    session.execute(
        insert(SampleRow).values(
            id=sample_id, aid=aid, owner_id=owner, position=position.value, impression=1, attempt=1,
            object_id=image, format="png", width=400, height=500, ppi=500, device="", captured_at=clock.now(),
            captured_by=uuid.uuid4(), quality=70, algorithm="test", accepted=True, best=True, digest=os.urandom(32),
        )
    )  # fmt: skip
    if position in FINGERS:
        minutiae = _stored(session, clock, owner, Stored.MINUTIAE)
        session.execute(
            insert(TemplateRow).values(
                id=uuid.uuid4(), sample_id=sample_id, owner_id=owner, engine="test", format="iso",
                object_id=minutiae, created_at=clock.now(),
            )
        )  # fmt: skip


def _stored(session: Session, clock: StillClock, owner: uuid.UUID, kind: Stored) -> uuid.UUID:
    object_id = uuid.uuid4()
    session.execute(
        insert(StoredObjectRow).values(
            id=object_id, owner_id=owner, kind=kind.value, version=1, store_version="", digest=os.urandom(32),
            size=1, created_at=clock.now(),
        )
    )  # fmt: skip
    return object_id


def _named(session: Session, aid: str, attempt: int, hits: Iterable[Hit]) -> None:
    for rank, hit in enumerate(hits, 1):
        row = {
            "aid": aid, "attempt": attempt, "rank": rank, "person_id": hit.person_id, "candidate": hit.candidate,
            "why": hit.why.value, "ratio": hit.ratio, "parts": {**hit.parts, "swapped": hit.swapped},
            "demographic": hit.demographic,
        }  # fmt: skip
        session.execute(insert(HitRow).values(row))
