import uuid

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import PurposeKeys
from idp.keys.models import PersonKeyRow
from idp.subscribers import Lifecycle, MoveReason, NewSubscriber, State
from idp.subscribers.lifecycle import MOVES
from idp.subscribers.models import SearchTokenRow, SubscriberRow
from idp.tokens.models import GrantRow
from tests.factories.grants import store_grant
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.factories.subscribers import claims, directory, store_subscriber

pytestmark = pytest.mark.integration


class Endings:
    """Writes down whose sessions were ended and why."""

    def __init__(self) -> None:
        self.seen: list[tuple[uuid.UUID, str]] = []

    def end_all(self, subscriber_id: uuid.UUID, reason: str) -> None:
        """Fulfils `SessionEnder`."""
        self.seen.append((subscriber_id, reason))


def lifecycle(session: Session, clock: StillClock, endings: Endings) -> Lifecycle:
    """The life cycle over one session."""
    return Lifecycle(session, clock, Trail(session, clock, Entropy(clock)), endings)


@pytest.fixture
def keys() -> PurposeKeys:
    """The installation's keys."""
    return purpose_keys()


def test_a_move_is_stored_and_audited(session: Session, keys: PurposeKeys) -> None:
    """State, moment and audit row change together; the row says from where, to where and why."""
    clock, endings = StillClock(), Endings()
    person = store_subscriber(session, keys, clock)
    clock.advance(hours=1)
    moved = lifecycle(session, clock, endings).move(
        person, State.SUSPENDED, MoveReason.SUSPECTED_MISUSE, actor="operator"
    )
    assert moved is None
    row = session.get_one(SubscriberRow, person)
    assert (row.state, row.state_changed_at) == ("suspended", clock.now())
    event = session.scalars(select(AuditRow).where(AuditRow.event == "subscriber.state_changed")).one()
    assert (event.subscriber_id, event.actor) == (person, "operator")
    assert event.body == {"from": "active", "to": "suspended", "reason": "suspected_misuse"}
    assert endings.seen == [(person, "subscriber_suspended")]


def test_a_move_back_to_active_ends_no_session(session: Session, keys: PurposeKeys) -> None:
    """Only leaving the active state ends sessions."""
    clock, endings = StillClock(), Endings()
    person = store_subscriber(session, keys, clock, state=State.PENDING)
    assert lifecycle(session, clock, endings).move(person, State.ACTIVE, MoveReason.ACTIVATED) is None
    assert endings.seen == []


@pytest.mark.parametrize("state", [State.SUSPENDED, State.DECEASED, State.CLOSED])
def test_no_authorization_outlives_a_move(session: Session, keys: PurposeKeys, state: State) -> None:
    """Neither one that asks for a session nor one for offline access; a way back to active brings none back."""
    clock = StillClock()
    person, other = store_subscriber(session, keys, clock), store_subscriber(session, keys, clock)
    theirs = [store_grant(session, person, "permits", uuid.uuid4(), offline=offline) for offline in (False, True)]
    somebody = store_grant(session, other, "permits", uuid.uuid4(), offline=True)
    moves = lifecycle(session, clock, Endings())
    assert moves.move(person, state, MoveReason.SUSPECTED_MISUSE) is None
    if state is State.SUSPENDED:
        # One that was opened in that very moment, by a statement that still saw them active.
        theirs.append(store_grant(session, person, "permits", uuid.uuid4(), offline=True))
        assert moves.move(person, State.ACTIVE, MoveReason.MATTER_SETTLED) is None
    for grant in theirs:
        row = session.get_one(GrantRow, grant, populate_existing=True)
        assert row.revoked_at == clock.now()
        assert (row.revoke_reason or "").startswith("subscriber_")
    assert session.get_one(GrantRow, somebody, populate_existing=True).revoked_at is None


def test_an_unknown_account_is_not_moved(session: Session) -> None:
    """There is nothing to move, and nothing is audited."""
    refusal = lifecycle(session, StillClock(), Endings()).move(uuid.uuid4(), State.SUSPENDED, MoveReason.LEGAL_ORDER)
    assert refusal == Refusal(Code.SUBSCRIBER_UNKNOWN)
    assert session.scalar(select(func.count()).select_from(AuditRow)) == 0


def test_erasure_destroys_the_keys(session: Session, keys: PurposeKeys) -> None:
    """AC-086: nothing of an erased person opens or is found, and the user name goes to nobody else."""
    clock = StillClock()
    person = store_subscriber(session, keys, clock, username="testa")
    moves = lifecycle(session, clock, Endings())
    assert moves.move(person, State.CLOSED, MoveReason.PERSON_ASKED) is None
    assert moves.move(person, State.ERASED, MoveReason.RETENTION_OVER) is None
    people = directory(session, keys, clock)
    erased = people.get(person)
    assert erased is not None
    assert people.identity(erased) is None
    assert people.profile(person) == {}
    assert people.by_username("testa") is None
    assert people.search("email", claims()["email"]) == []
    assert session.scalar(select(func.count()).select_from(PersonKeyRow)) == 0
    again = people.create(NewSubscriber("testa", claims()))
    assert isinstance(again, Refusal)
    assert again.code is Code.SUBSCRIBER_EXISTS


class Life(RuleBasedStateMachine):
    """An account under arbitrary moves stays where the table allows."""

    engine: Engine

    @initialize(state=st.sampled_from([State.PENDING, State.ACTIVE]))
    def open(self, state: State) -> None:
        """A new account."""
        self.clock, self.endings, self.keys = StillClock(), Endings(), purpose_keys()
        self.session = Session(self.engine)
        self.person = store_subscriber(self.session, self.keys, self.clock, state=state)
        self.moves = lifecycle(self.session, self.clock, self.endings)
        self.state, self.moved = state, 0

    @rule(to=st.sampled_from(State), reason=st.sampled_from(MoveReason))
    def move(self, to: State, reason: MoveReason) -> None:
        """A move is done exactly when the table has it."""
        refusal = self.moves.move(self.person, to, reason)
        assert (refusal is None) == (to in MOVES[self.state])
        if refusal is None:
            self.state, self.moved = to, self.moved + 1
            assert (to is State.ACTIVE) or self.endings.seen[-1] == (self.person, f"subscriber_{to.value}")
        else:
            assert refusal.code is Code.SUBSCRIBER_STATE

    @invariant()
    def stored_state_is_the_expected_one(self) -> None:
        """The row, the audit trail and what is left of the person agree with the moves done."""
        row = self.session.get_one(SubscriberRow, self.person)
        count = select(func.count()).select_from
        assert row.state == self.state.value
        assert self.session.scalar(count(AuditRow).where(AuditRow.event == "subscriber.state_changed")) == self.moved
        erased = self.state is State.ERASED
        assert (row.sealed is None) == erased
        assert row.username_blind is not None
        assert (self.session.scalar(count(SearchTokenRow)) == 0) == erased

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()


def test_no_order_of_moves_leaves_the_table(engine: Engine) -> None:
    """Property: after any sequence of moves, done or refused, state, audit and sealed data agree."""

    class Here(Life):
        pass

    Here.engine = engine
    quick = settings(
        max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Here, settings=quick)


def test_two_moves_at_once_are_one_after_the_other(own_database: Engine, keys: PurposeKeys) -> None:
    """A move waits for the one under way and judges by what that one left."""
    clock = StillClock()
    with Session(own_database) as session:
        person = store_subscriber(session, keys, clock)
        session.commit()
    with Session(own_database) as first, Session(own_database) as second:
        second.get_one(SubscriberRow, person)  # has seen the account as active
        assert lifecycle(first, clock, Endings()).move(person, State.CLOSED, MoveReason.PERSON_ASKED) is None
        first.commit()
        refusal = lifecycle(second, clock, Endings()).move(person, State.SUSPENDED, MoveReason.LEGAL_ORDER)
        assert refusal == Refusal(Code.SUBSCRIBER_STATE, "closed to suspended")
    with Session(own_database) as session:
        assert session.get_one(SubscriberRow, person).state == "closed"
        session.execute(delete(SubscriberRow))
