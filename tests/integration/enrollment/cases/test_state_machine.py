"""No illegal path exists, and nothing is lost: whatever anybody asks in whatever order."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from enrollment.cases import TABLE, Applicant, Event, Kind, Moved, Order, Reason, Section, State, Task
from enrollment.cases.orders import Hand
from enrollment.cases.reasons import REASONS
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from tests.factories.cases import ELSEWHERE, PERSON, WORKER, Counter, code_of, staff
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
EVENTS = sorted({event for _, source, event in TABLE if source is not None})
BEGINNINGS = [(Event.OPEN, Kind.NEW), (Event.OPEN, Kind.UPDATE), (Event.DRAFT, Kind.NEW), (Event.TAKE_IN, Kind.IMPORT)]
FIELDS = {"given_names": "Testa", "family_name": "Person", "birth_date": "1991", "phone": "not yet", "email": "x"}
STRAIGHT = [
    ("officer", Event.SIGN), ("supervisor", Event.TAKE_UP), ("supervisor", Event.APPROVE), ("worker", Event.RECEIVE),
    ("worker", Event.VALIDATE), ("worker", Event.SEARCH), ("worker", Event.REFER),
]  # fmt: skip
AFTER_ISSUED = {State.ISSUED, State.BOUND, State.CLAIMED}


class Life(RuleBasedStateMachine):
    """One application, several people, and what it must be like as far as we can tell from outside."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.transaction = self.session.begin_nested()
        self.counter = Counter(self.session, KEYS)
        self.citizen = Applicant(uuid.uuid4())
        self.people: dict[str, Actor | Applicant | Task] = {
            "officer": self.counter.officer,
            "second": staff(Role.OFFICER, Role.SUPERVISOR),
            "supervisor": self.counter.supervisor,
            "foreign": staff(Role.OFFICER, Role.SUPERVISOR, centre=ELSEWHERE),
            "adjudicator": self.counter.adjudicator,
            "registrar": self.counter.registrar,
            "operator": staff(Role.OPERATOR, Role.ADMIN, centre=None),
            "citizen": self.citizen,
            "stranger": Applicant(uuid.uuid4()),
            "worker": WORKER,
        }
        self.aid = ""
        self.state = State.CAPTURING
        self.version = 1
        self.held_from: State | None = None
        self.typed: dict[str, Any] = {}
        self.captors: set[uuid.UUID] = set()
        self.replies: list[tuple[Order, Event, Moved]] = []

    def teardown(self) -> None:
        """Undo it all."""
        self.transaction.rollback()

    @initialize(beginning=st.sampled_from(BEGINNINGS), steps=st.sampled_from([3, 7, 0, 2, 6, 5]))
    def begin(self, beginning: tuple[Event, Kind], steps: int = 0) -> None:
        """An application, begun at a counter, at home, or by an import; at times some steps of its way are done."""
        event, self.kind = beginning
        life, key = self.counter.lifecycle, self.counter.key()
        made = {
            Event.OPEN: lambda: life.open(
                self.counter.officer, self.kind, key, subscriber_id=self.citizen.subscriber_id
            ),
            Event.DRAFT: lambda: life.draft(self.citizen, self.kind, key),
            Event.TAKE_IN: lambda: life.take_in(WORKER, "batch-1/7"),
        }[event]()
        assert isinstance(made, Moved)
        self.aid, self.state = made.aid, State(made.state)
        if event is Event.OPEN:
            self.captors.add(self.counter.officer.subscriber_id)
            self.fill()
            for who, step in STRAIGHT[:steps]:
                self._ask(who, step, self.version)

    @rule(who=st.sampled_from(["officer", "second", "foreign", "citizen"]), field=st.sampled_from(sorted(FIELDS)))
    def save(self, who: str, field: str) -> None:
        """Somebody types a detail; it is kept if it is their turn, and at no other time."""
        by = self.people[who]
        value = f"{FIELDS[field]} {self.version}"
        saved = self.counter.sections.save_field(by, self.aid, Section.PERSON, field, value)
        at_home = who == "citizen" and self.state is State.PRE_DRAFT and self.kind is Kind.NEW
        at_counter = who in {"officer", "second"} and self.state is State.CAPTURING and self._centre() == "home"
        away = who == "foreign" and self.state is State.CAPTURING and self._centre() == "away"
        assert isinstance(saved, Refusal) != (at_home or at_counter or away), (who, self.state, saved)
        if not isinstance(saved, Refusal):
            self.typed[field] = value
            self.captors.add(by.subscriber_id)  # type: ignore[union-attr]  # never the worker

    @precondition(lambda self: "sex" not in self.typed)
    @rule()
    def fill(self) -> None:
        """Everything that is needed, at once."""
        if self.state is State.CAPTURING and self._centre() == "home":
            self.counter.fill(self.aid)
            self.typed.update(PERSON)
            self.captors.add(self.counter.officer.subscriber_id)
        elif self.state is State.PRE_DRAFT:
            self.counter.type(self.aid, self.citizen, **PERSON)
            self.typed.update(PERSON)
            self.captors.add(self.citizen.subscriber_id)

    @rule(data=st.data())
    def forward(self, data: st.DataObject) -> None:
        """Somebody asks for something that the table foresees here, several times on."""
        aside = {Event.CANCEL, Event.HAND_OVER}
        for _ in range(4):
            fault = data.draw(st.integers(0, 7)) == 0
            here = sorted(
                event
                for kind, source, event in TABLE
                if (kind, source) == (self.kind, self.state) and event not in (aside if fault else aside | {Event.HOLD})
            )
            if not here:
                return
            event = data.draw(st.sampled_from(here))
            roles = TABLE[self.kind, self.state, event].roles
            able = [name for name, by in self.people.items() if roles & _roles(by)]
            self._ask(data.draw(st.sampled_from(able)), event, self.version)

    @rule(who=st.sampled_from(sorted(["officer", "second", "supervisor", "foreign", "adjudicator", "registrar",
          "operator", "citizen", "stranger", "worker"])), event=st.sampled_from(EVENTS),
          behind=st.sampled_from([0, 0, 0, 1]))  # fmt: skip
    def ask(self, who: str, event: Event, behind: int) -> None:
        """Anybody asks for anything, at times on an old page."""
        self._ask(who, event, self.version - behind)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """An earlier request comes again: the same reply, and nothing moves."""
        kept = self.counter.clock.now() - timedelta(days=30)
        young = [reply for reply in self.replies if reply[0].factor_at is not None and reply[0].factor_at > kept]
        if young:
            order, event, reply = data.draw(st.sampled_from(young))
            again = self._act(order, event)
            assert isinstance(again, Moved)
            assert (again.state, again.version, again.again) == (reply.state, reply.version, True)

    @rule(days=st.sampled_from([1, 61, 91]))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.counter.clock.advance(days=days)  # type: ignore[attr-defined]  # a still clock

    def _ask(self, who: str, event: Event, version: int) -> None:
        by = self.people[who]
        order = Order(by, self.aid, version, self.counter.key(), self.counter.clock.now())
        outcome = self._act(order, event)
        row = TABLE.get((self.kind, self.state, event))
        if isinstance(outcome, Refusal):
            return
        assert row is not None, (self.state, event)
        assert version == self.version
        assert row.roles & _roles(by), (who, event)
        assert State(outcome.state) is (row.to or self.held_from)
        if row.to in {State.APPROVED, State.REJECTED_CENTRE, State.RETURNED}:
            assert by.subscriber_id not in self.captors  # type: ignore[union-attr]  # never the worker
        self.held_from = self.state if event is Event.HOLD else None
        self.state, self.version = State(outcome.state), outcome.version
        if event in {Event.START, Event.RESUME, Event.SIGN}:
            self.captors.add(by.subscriber_id)  # type: ignore[union-attr]  # never the worker
        if event is Event.BIND:
            self.people["citizen"] = self.citizen = Applicant(self.account)
        self.replies.append((order, event, outcome))

    def _act(self, order: Order, event: Event) -> Moved | Refusal:
        life = self.counter.lifecycle
        reasons = sorted(REASONS.get(event, ()))
        if event is Event.BOOK:
            return life.book(order, self.counter.clock.now().replace(year=2031))
        if event is Event.APPROVE:
            return life.approve(order, self.counter.ticks(self.aid) if self.state is State.IN_REVIEW else None)
        if event is Event.HAND_OVER:
            return life.hand_over(order, self.counter.officer.subscriber_id, uuid.UUID(int=3))
        if event is Event.ISSUE:
            return life.issue(order, uuid.UUID(int=1))
        if event is Event.RECOGNISE:
            return life.recognise(order, uuid.UUID(int=1))
        if event is Event.BIND:
            self.account = uuid.UUID(int=2)
            return life.bind(order, self.account)
        method: Any = getattr(life, event.value)
        if event is Event.FIND_FRAUD or not reasons:
            answer: Moved | Refusal = method(order)
        else:
            answer = method(order, Reason(reasons[0]))
        return answer

    def _centre(self) -> str:
        centre = self.counter.case(self.aid).centre_id
        return "away" if centre == ELSEWHERE else "home" if centre is not None else "none"

    @invariant()
    def stored_is_what_was_told(self) -> None:
        """State and version are what the last reply said."""
        if self.aid:
            case = self.counter.case(self.aid)
            assert (case.state, case.version, case.held_from) == (self.state, self.version, self.held_from)

    @invariant()
    def history_has_no_gap(self) -> None:
        """Every step is there once, each begins where the one before ended, and after an identity nothing ends it."""
        if not self.aid:
            return
        events = self.counter.events(self.aid)
        assert [event.n for event in events] == list(range(1, self.version + 1))
        assert [event.from_state for event in events] == [None, *(event.to_state for event in events[:-1])]
        states = [State(event.to_state) for event in events]
        if State.ISSUED in states:
            assert set(states[states.index(State.ISSUED) :]) <= AFTER_ISSUED
        if State.ACCEPTED in states:
            assert State.DEDUP in states[: states.index(State.ACCEPTED)]

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        """What was typed is there, whatever happened since."""
        if self.aid and self.typed:
            case = self.counter.case(self.aid)
            person = self.counter.sections.read(case).of(Section.PERSON)
            assert {field: person.get(field) for field in self.typed} == self.typed


def _roles(by: Actor | Applicant | Task) -> set[Role | Hand]:
    if isinstance(by, Actor):
        return set(by.roles)
    return {Hand.APPLICANT if isinstance(by, Applicant) else Hand.SYSTEM}


def test_no_illegal_path_and_nothing_lost(session: Session) -> None:
    """Any sequence of requests by anybody keeps to the table, keeps the history whole, and keeps what was typed."""

    class Here(Life):
        pass

    Here.session = session
    run_state_machine_as_test(
        Here,
        settings=settings(
            settings.get_profile("run"),
            max_examples=16,
            stateful_step_count=25,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_straight_way_is_walked_by_the_same_rules(session: Session) -> None:
    """The machine's own steps reach an identity: what it looks at is not only the beginning."""

    class Here(Life):
        pass

    Here.session = session
    life = Here()
    life.begin((Event.OPEN, Kind.NEW))
    way = [
        ("officer", Event.SIGN), ("supervisor", Event.TAKE_UP), ("supervisor", Event.APPROVE),
        ("worker", Event.RECEIVE), ("worker", Event.HOLD), ("operator", Event.RELEASE), ("worker", Event.RECEIVE),
        ("worker", Event.VALIDATE), ("worker", Event.SEARCH), ("worker", Event.REFER),
        ("adjudicator", Event.FIND_DUPLICATE), ("citizen", Event.APPEAL), ("registrar", Event.REOPEN),
        ("adjudicator", Event.ACCEPT), ("worker", Event.ISSUE), ("worker", Event.BIND), ("citizen", Event.CLAIM),
    ]  # fmt: skip
    for who, event in way:
        life._ask(who, event, life.version)
        life.stored_is_what_was_told()
        life.history_has_no_gap()
        life.nothing_typed_is_lost()
    assert life.state is State.CLAIMED
    refused = life._act(life.counter.order(life.counter.registrar, life.aid), Event.CANCEL)
    assert code_of(refused) is Code.ENR_ROLE or code_of(refused) is Code.ENR_STATE
    life.teardown()
