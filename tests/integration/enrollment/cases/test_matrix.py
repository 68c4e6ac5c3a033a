"""Who may do what to whose application: every role, every transition, own, another's and a foreign centre's."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from enrollment.cases import Applicant, Event, Kind, Moved, Order, Reason, State, Task
from enrollment.cases.access import roles_of
from enrollment.cases.models import ApplicationRow, SectionRow
from enrollment.cases.orders import Hand
from enrollment.cases.transitions import TABLE
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code
from idp.keys import PurposeKeys
from tests.factories.cases import CENTRE, ELSEWHERE, WORKER, Counter, code_of, staff
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

KEYS: PurposeKeys = purpose_keys()
CASES = ("own", "other", "foreign")
ROLES: tuple[Role | Hand, ...] = (*Role, *Hand)

OK, NO, HIDDEN, SECOND = None, Code.ENR_ROLE, Code.ENR_UNKNOWN, Code.ENR_FOUREYES
FORBIDDEN = (NO, NO, NO)
EVERYWHERE = (OK, OK, OK)
LOCAL = (OK, OK, HIDDEN)
REVIEW = (SECOND, OK, HIDDEN)
MINE = (OK, HIDDEN, HIDDEN)
SEEN_NOT_DONE = (NO, NO, HIDDEN)
NATION = (SECOND, SECOND, OK)

# From which state, by what, who: what comes of it for own, another officer's, a foreign centre's. Everybody else: 403.
Expected = tuple[Code | None, Code | None, Code | None]
Row = dict[Role | Hand, Expected]
OF, S, A, R, P, U, W = (
    Role.OFFICER, Role.SUPERVISOR, Role.ADJUDICATOR, Role.REGISTRAR, Role.OPERATOR, Hand.APPLICANT, Hand.SYSTEM
)  # fmt: skip
EXPECTED: dict[tuple[State, Event], Row] = {
    (State.PRE_DRAFT, Event.SUBMIT): {U: MINE},
    (State.PRE_SUBMITTED, Event.BOOK): {U: MINE},
    (State.PRE_SUBMITTED, Event.START): {OF: EVERYWHERE},
    (State.BOOKED, Event.BOOK): {U: MINE},
    (State.BOOKED, Event.START): {OF: EVERYWHERE},
    (State.BOOKED, Event.EXPIRE): {W: EVERYWHERE},
    (State.BOOKED, Event.CANCEL): {U: MINE, OF: SEEN_NOT_DONE, S: SEEN_NOT_DONE},
    (State.CAPTURING, Event.SIGN): {OF: LOCAL},
    (State.CAPTURING, Event.HAND_OVER): {W: EVERYWHERE},
    (State.CAPTURING, Event.CANCEL): {OF: LOCAL, S: LOCAL, U: MINE},
    (State.SIGNED, Event.TAKE_UP): {S: REVIEW},
    (State.SIGNED, Event.CANCEL): {S: LOCAL, U: MINE, OF: SEEN_NOT_DONE},
    (State.IN_REVIEW, Event.APPROVE): {S: REVIEW},
    (State.IN_REVIEW, Event.SEND_BACK): {S: REVIEW},
    (State.IN_REVIEW, Event.REJECT): {S: REVIEW},
    (State.RETURNED, Event.RESUME): {OF: LOCAL},
    (State.REJECTED_CENTRE, Event.APPEAL): {OF: LOCAL, U: MINE, R: FORBIDDEN},
    (State.APPROVED, Event.RECEIVE): {W: EVERYWHERE},
    (State.APPROVED, Event.HOLD): {W: EVERYWHERE},
    (State.APPROVED, Event.CANCEL): {R: EVERYWHERE, OF: SEEN_NOT_DONE, S: SEEN_NOT_DONE, U: SEEN_NOT_DONE},
    (State.RECEIVED, Event.VALIDATE): {W: EVERYWHERE},
    (State.VALIDATED, Event.SEARCH): {W: EVERYWHERE},
    (State.VALIDATED, Event.RECAPTURE): {W: EVERYWHERE, A: (SECOND, SECOND, NO)},
    (State.DEDUP, Event.CLEAR): {W: EVERYWHERE},
    (State.DEDUP, Event.REFER): {W: EVERYWHERE},
    (State.DEDUP, Event.RECOGNISE): {W: EVERYWHERE},
    (State.ADJUDICATION, Event.ACCEPT): {A: NATION},
    (State.ADJUDICATION, Event.FIND_DUPLICATE): {A: NATION},
    (State.ADJUDICATION, Event.FIND_FRAUD): {A: NATION},
    (State.ADJUDICATION, Event.UPHOLD): {A: NATION},
    (State.ADJUDICATION, Event.GRANT): {A: NATION},
    (State.ADJUDICATION, Event.RECAPTURE): {A: NATION},
    (State.ADJUDICATION, Event.CANCEL): {R: EVERYWHERE, OF: SEEN_NOT_DONE, S: SEEN_NOT_DONE, U: SEEN_NOT_DONE},
    (State.RECAPTURE, Event.START): {OF: LOCAL},
    (State.RECAPTURE, Event.EXPIRE): {W: EVERYWHERE},
    (State.REJECTED_DUPLICATE, Event.APPEAL): {OF: LOCAL, R: EVERYWHERE, U: MINE},
    (State.APPEAL, Event.REOPEN): {R: EVERYWHERE, W: EVERYWHERE},
    (State.ACCEPTED, Event.ISSUE): {W: EVERYWHERE},
    (State.ISSUED, Event.BIND): {W: EVERYWHERE},
    (State.BOUND, Event.CLAIM): {U: MINE},
    (State.HELD, Event.RELEASE): {W: EVERYWHERE, P: EVERYWHERE},
}
# An applicant sees only their own: whatever else they may not do is not there for them.
_APPLICANTS: dict[Expected, Expected] = {SEEN_NOT_DONE: (NO, HIDDEN, HIDDEN)}


# Steps of one kind of application alone.
_KINDS = {Event.GRANT: Kind.DEATH, Event.RECOGNISE: Kind.LOST}


class Stage:
    """One application that has all it needs, set into any state and into anybody's hands, and back again."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.counter = Counter(session, KEYS)
        self.aid = self.counter.opened()
        self.counter.fill(self.aid)
        self.counter.walk(self.aid, State.SIGNED)
        self.version = self.counter.case(self.aid).version

    @contextmanager
    def put(self, state: State, event: Event, by: Actor | Applicant | Task, whose: str) -> Iterator[None]:
        """The application in `state`; whatever happens in the block is undone."""
        session = self.session
        with session.begin_nested() as here:
            values: dict[str, Any] = {
                "state": state.value,
                "centre_id": ELSEWHERE if whose == "foreign" else CENTRE,
                "held_from": State.DEDUP.value if state is State.HELD else None,
                "searched": event not in {Event.UPHOLD, Event.GRANT},
                "kind": _KINDS.get(event, Kind.NEW).value,
                "due_at": self.counter.clock.now() - timedelta(seconds=1),
            }
            if whose == "own" and isinstance(by, Applicant):
                values["subscriber_id"] = by.subscriber_id
            if whose == "own" and isinstance(by, Actor):
                values["officer_id"] = by.subscriber_id
                section = update(SectionRow).where(SectionRow.aid == self.aid, SectionRow.name == "person")
                session.execute(section.values(savers=[by.subscriber_id]))
            session.execute(update(ApplicationRow).where(ApplicationRow.aid == self.aid).values(**values))
            if event is Event.RECEIVE or event is Event.SUBMIT:
                digest = update(ApplicationRow).where(ApplicationRow.aid == self.aid)
                packets = self.counter.lifecycle._step.__self__._packets  # type: ignore[attr-defined]  # a bound method
                session.execute(digest.values(packet_digest=packets.digest(self.counter.case(self.aid))))
            yield
            here.rollback()

    def act(self, event: Event, order: Order) -> object:
        """Ask for it, with a reason where one is wanted."""
        life, counter = self.counter.lifecycle, self.counter
        special: dict[Event, Callable[[], object]] = {
            Event.BOOK: lambda: life.book(order, counter.clock.now() + timedelta(days=3)),
            Event.APPROVE: lambda: life.approve(order, counter.ticks(self.aid)),
            Event.SEND_BACK: lambda: life.send_back(order, Reason.PHOTO),
            Event.REJECT: lambda: life.reject(order, Reason.EVIDENCE),
            Event.REFER: lambda: life.refer(order, Reason.BIOMETRIC),
            Event.FIND_DUPLICATE: lambda: life.find_duplicate(order, Reason.HONEST_RETRY),
            Event.RECAPTURE: lambda: life.recapture(order, Reason.QUALITY),
            Event.APPEAL: lambda: life.appeal(order, Reason.DISAGREES),
            Event.ISSUE: lambda: life.issue(order, uuid.uuid4()),
            Event.RECOGNISE: lambda: life.recognise(order, uuid.uuid4()),
            Event.BIND: lambda: life.bind(order, uuid.uuid4()),
            Event.CANCEL: lambda: life.cancel(order, Reason.MISTAKE),
            Event.HAND_OVER: lambda: life.hand_over(order, uuid.uuid4(), uuid.uuid4()),
            Event.HOLD: lambda: life.hold(order, Reason.STORE),
        }
        return special[event]() if event in special else getattr(life, event.value)(order)

    def written(self) -> tuple[int, int, int, str]:
        """How many steps, audited steps and audited refusals there are, and the state."""
        row = self.session.execute(
            text(
                "select (select count(*) from enrol_event),"
                " (select count(*) from audit_event where event = 'enrolment.moved'),"
                " (select count(*) from audit_event where event = 'enrolment.refused'),"
                " (select state from enrol_application)"
            )
        ).one()
        return row[0], row[1], row[2], row[3]

    def order(self, by: Actor | Applicant | Task) -> Order:
        """A request on the version that is there."""
        return self.counter.order(by, self.aid, self.version)


@pytest.fixture
def stage(session: Session) -> Stage:
    """The application, in a transaction that is rolled back."""
    return Stage(session)


def doer(role: Role | Hand) -> Actor | Applicant | Task:
    """Somebody who has just this role, posted at the centre where that is asked."""
    if role is Hand.APPLICANT:
        return Applicant(uuid.uuid4())
    return staff(role) if isinstance(role, Role) else WORKER


@pytest.mark.parametrize("role", ROLES)
def test_every_transition_by_every_role_on_every_case(stage: Stage, role: Role | Hand) -> None:
    """Allowed ones move once; the others are refused as forbidden, not there, or a matter for a second person.

    Each refusal is audited and changes nothing (AC-095, AC-096, AC-097).
    """
    faults = []
    for (state, event), row in EXPECTED.items():
        wanted = row.get(role, FORBIDDEN)
        wanted = _APPLICANTS.get(wanted, wanted) if role is Hand.APPLICANT else wanted
        for whose, expected in zip(CASES, wanted, strict=True):
            if wanted == FORBIDDEN:
                continue
            by = doer(role)
            with stage.put(state, event, by, whose):
                before = stage.written()
                outcome = stage.act(event, stage.order(by))
                after = stage.written()
            moved = isinstance(outcome, Moved)
            change = (after[0] - before[0], after[1] - before[1], after[2] - before[2])
            kept = moved or after[3] == before[3]
            if code_of(outcome) is not expected or change != ((1, 1, 0) if moved else (0, 0, 1)) or not kept:
                faults.append((state, event, whose, outcome, change))
    assert not faults


@pytest.mark.parametrize("whose", CASES)
def test_every_other_role_is_forbidden(stage: Stage, whose: str) -> None:
    """Whoever has no part in an event is forbidden it, whatever the state and whoever's the case; each time audited."""
    faults = []
    tried = 0
    for (state, event), row in EXPECTED.items():
        others = [doer(role) for role in ROLES if role not in row]
        with stage.put(state, event, others[0], whose):
            before = stage.written()
            outcomes = [(by, stage.act(event, stage.order(by))) for by in others]
            after = stage.written()
        tried += len(outcomes)
        faults += [(state, event, by, outcome) for by, outcome in outcomes if code_of(outcome) is not NO]
        assert after == (before[0], before[1], before[2] + len(others), state.value)
    assert not faults
    assert tried > 10 * len(EXPECTED)


def test_the_matrix_leaves_no_event_out() -> None:
    """Each event of the table that needs an application is in the matrix; practice needs a centre for it (booking)."""
    foreseen = {event for _, state, event in TABLE if state is not None} - {Event.PRACTISE}
    assert {event for _, event in EXPECTED} == foreseen


def test_no_event_but_at_its_states(stage: Stage) -> None:
    """In every state, what the table does not foresee is refused and leaves no trace but the audit row (AC-098)."""
    citizen = Applicant(uuid.uuid4())
    everybody = staff(Role.OFFICER, Role.SUPERVISOR, Role.REGISTRAR, Role.OPERATOR)
    adjudicator = staff(Role.ADJUDICATOR, centre=ELSEWHERE)
    faults = []
    for state in State:
        with stage.put(state, Event.CLEAR, citizen, "own"):
            before, tried = stage.written(), 0
            for event in {event for _, event in EXPECTED}:
                if (Kind.NEW, state, event) in TABLE:
                    continue
                roles = {role for rule in TABLE.values() if rule.event is event for role in rule.roles}
                by = next(by for by in (everybody, adjudicator, citizen, WORKER) if roles_of(by) & roles)
                outcome = stage.act(event, stage.order(by))
                tried += 1
                if code_of(outcome) is not Code.ENR_STATE:
                    faults.append((state, event, outcome))
            assert stage.written() == (before[0], before[1], before[2] + tried, state.value)
    assert not faults


@pytest.mark.parametrize("kind", list(Kind))
def test_who_opens_what(session: Session, kind: Kind) -> None:
    """Officers open applications at their centre, registrars deaths; nobody else, and nobody without a posting."""
    counter = Counter(session, KEYS)
    opening = {role for role in Role if isinstance(counter.lifecycle.open(staff(role), kind, counter.key()), Moved)}
    if kind is Kind.IMPORT:
        assert opening == set()
    else:
        assert opening == {Role.REGISTRAR if kind is Kind.DEATH else Role.OFFICER}
    unposted = counter.lifecycle.open(staff(Role.OFFICER, centre=None), kind, counter.key())
    assert not isinstance(unposted, Moved)


def test_a_role_of_the_nation_does_not_lend_its_reach(session: Session) -> None:
    """Whoever is officer here and registrar everywhere signs nothing of another centre (AC-095)."""
    counter = Counter(session, KEYS)
    aid = counter.opened()
    counter.fill(aid)
    both = staff(Role.OFFICER, Role.REGISTRAR, Role.SUPERVISOR, centre=ELSEWHERE)
    assert code_of(counter.lifecycle.sign(counter.order(both, aid))) is Code.ENR_UNKNOWN
    counter.walk(aid, State.SIGNED)
    assert code_of(counter.lifecycle.take_up(counter.order(both, aid))) is Code.ENR_UNKNOWN
