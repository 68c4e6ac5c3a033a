import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from idp.audit.models import AuditRow
from idp.errors import Code, Refusal
from idp.notices import Notices
from idp.outbox import Outbox
from idp.representation import Acting, Invitation, Invitations, Mandate, Mandates, Power, Side
from idp.representation.mandate import DAYS
from idp.representation.mandates import MAX_CARERS
from idp.subscribers.models import SubscriberRow
from tests.factories.keys import sealer
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration

VIEW = frozenset({Power.VIEW})
MONTH = DAYS[0]


class Pair:
    """Rooms over one session, and people."""

    def __init__(self, shared: Shared, session: Session) -> None:
        self.desk = Desk(shared, session)
        self.session = session
        self.clock = shared.clock
        invitations = Invitations(shared.ephemeral, shared.keys, shared.clock, self.desk.entropy)
        outbox = Outbox(session, sealer(shared.keys), shared.clock, self.desk.entropy)
        notices = Notices(outbox, self.desk.directory, shared.clock)
        self.mandates = Mandates(session, invitations, notices, shared.clock, self.desk.entropy, self.desk.trail)
        self.acting = Acting(session, shared.clock, self.desk.trail)

    def person(self) -> uuid.UUID:
        """Somebody with an active account."""
        return self.desk.person(f"carer{uuid.uuid4().hex[:12]}", password=None)

    def invited(self, by: uuid.UUID, side: Side = Side.REPRESENTED, powers: Any = VIEW, days: int = MONTH) -> str:
        """A code."""
        made = self.mandates.invite(by, side, powers, days)
        assert isinstance(made, Invitation), made
        return made.code

    def agreed(self, represented: uuid.UUID, carer: uuid.UUID, powers: Any = VIEW) -> Mandate:
        """A mandate in force."""
        proposed = self.mandates.accept(carer, self.invited(represented, powers=powers))
        assert isinstance(proposed, Mandate), proposed
        made = self.mandates.confirm(represented, proposed.id)
        assert isinstance(made, Mandate), made
        return made

    def events(self, person: uuid.UUID) -> list[str]:
        """What the person's history says of mandates."""
        wanted = select(AuditRow.event).where(AuditRow.subscriber_id == person, AuditRow.event.like("mandate.%"))
        return sorted(self.session.scalars(wanted))


@pytest.fixture
def pair(shared: Shared, session: Session) -> Pair:
    """Rooms over a transaction that is rolled back."""
    return Pair(shared, session)


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def test_nothing_is_allowed_before_both_agreed(pair: Pair) -> None:
    """An invitation opens nothing, an accepted one opens nothing, and whoever accepted cannot confirm for the other."""
    represented, carer = pair.person(), pair.person()
    proposed = pair.mandates.accept(carer, pair.invited(represented))
    assert isinstance(proposed, Mandate)
    assert code_of(pair.acting.act(carer, proposed.id, Power.VIEW)) is Code.MANDATE_STATE
    assert code_of(pair.mandates.confirm(carer, proposed.id)) is Code.MANDATE_STATE
    assert code_of(pair.mandates.confirm(pair.person(), proposed.id)) is Code.MANDATE_UNKNOWN
    assert isinstance(pair.mandates.confirm(represented, proposed.id), Mandate)
    assert isinstance(pair.acting.act(carer, proposed.id, Power.VIEW), Mandate)


@pytest.mark.parametrize("side", list(Side))
def test_either_may_invite(pair: Pair, side: Side) -> None:
    """Whoever accepts an invitation stands on the other side of it."""
    inviter, accepter = pair.person(), pair.person()
    proposed = pair.mandates.accept(accepter, pair.invited(inviter, side))
    assert isinstance(proposed, Mandate)
    assert (proposed.side_of(inviter), proposed.side_of(accepter)) == (side, side.other)
    assert proposed.awaits(inviter)
    assert not proposed.awaits(accepter)


def test_only_what_was_agreed_is_allowed(pair: Pair) -> None:
    """A power that is not in the mandate is refused, as is everything to anybody else, the represented one included."""
    represented, carer = pair.person(), pair.person()
    made = pair.agreed(represented, carer)
    assert code_of(pair.acting.act(carer, made.id, Power.SERVICES)) is Code.MANDATE_POWERS
    assert code_of(pair.acting.act(represented, made.id, Power.VIEW)) is Code.MANDATE_UNKNOWN
    assert code_of(pair.acting.act(pair.person(), made.id, Power.VIEW)) is Code.MANDATE_UNKNOWN


def test_every_use_is_in_the_history(pair: Pair) -> None:
    """The represented person's history has a row for each use, that names the power, and none for a refused one."""
    represented, carer = pair.person(), pair.person()
    made = pair.agreed(represented, carer)
    pair.acting.act(carer, made.id, Power.VIEW)
    pair.acting.act(carer, made.id, Power.CORRECTIONS)
    assert pair.events(represented) == ["mandate.confirmed", "mandate.proposed", "mandate.used"]
    assert pair.events(carer) == ["mandate.confirmed", "mandate.proposed"]


def test_expiry_is_read_off_the_clock(pair: Pair) -> None:
    """AC-134: at its last moment a mandate holds, at the next it does not, and no cleaner had to run."""
    represented, carer = pair.person(), pair.person()
    made = pair.agreed(represented, carer)
    pair.clock.advance(days=MONTH, seconds=-1)
    assert isinstance(pair.acting.act(carer, made.id, Power.VIEW), Mandate)
    pair.clock.advance(seconds=1)
    assert code_of(pair.acting.act(carer, made.id, Power.VIEW)) is Code.MANDATE_STATE
    assert pair.acting.state_of(made) == "over"


@pytest.mark.parametrize("ender", ["represented", "carer"])
def test_either_ends_it_at_once(pair: Pair, ender: str) -> None:
    """After the end nothing is allowed, and it cannot be ended twice or confirmed again."""
    represented, carer = pair.person(), pair.person()
    made = pair.agreed(represented, carer)
    by = represented if ender == "represented" else carer
    assert isinstance(pair.mandates.end(by, made.id), Mandate)
    assert code_of(pair.acting.act(carer, made.id, Power.VIEW)) is Code.MANDATE_STATE
    assert code_of(pair.mandates.end(by, made.id)) is Code.MANDATE_STATE
    assert code_of(pair.mandates.confirm(represented, made.id)) is Code.MANDATE_STATE


@pytest.mark.parametrize("which", [0, 1])
def test_suspended_accounts_neither_act_nor_are_acted_for(pair: Pair, which: int) -> None:
    """Whether both accounts are active is asked at every use."""
    people = pair.person(), pair.person()
    made = pair.agreed(*people)
    pair.session.execute(update(SubscriberRow).where(SubscriberRow.id == people[which]).values(state="suspended"))
    assert code_of(pair.acting.act(people[1], made.id, Power.VIEW)) is Code.MANDATE_STATE


def test_invitations_are_for_somebody_else(pair: Pair) -> None:
    """Nobody becomes their own carer, and the code is not used up by trying."""
    represented = pair.person()
    code = pair.invited(represented)
    assert code_of(pair.mandates.look(represented, code)) is Code.MANDATE_SELF
    looked = pair.mandates.look(pair.person(), code.lower().replace("-", " "))
    assert not isinstance(looked, Refusal)
    assert looked.by == represented


@pytest.mark.parametrize("typed", ["", "x", "0000-0000-0000", "0" * 500, "\u0000" * 12, "7KQ2-M4XP"])
def test_codes_that_are_none(pair: Pair, typed: str) -> None:
    """Whatever is typed, an invitation that is not there is unknown."""
    assert code_of(pair.mandates.look(pair.person(), typed)) is Code.INVITATION_UNKNOWN
    assert code_of(pair.mandates.accept(pair.person(), typed)) is Code.INVITATION_UNKNOWN


def test_guessing_codes_is_slowed_down(pair: Pair) -> None:
    """After ten codes in an hour nobody looks up another, right or not."""
    guesser, code = pair.person(), pair.invited(pair.person())
    for _ in range(10):
        pair.mandates.look(guesser, "0000-0000-0000")
    assert code_of(pair.mandates.look(guesser, code)) is Code.THROTTLED


def test_invitations_expire(pair: Pair, shared: Shared) -> None:
    """AC-134: the store is told to forget an invitation after seven days."""
    code = pair.invited(pair.person())
    redis = shared.ephemeral._redis
    (key,) = list(redis.scan_iter("*mandate_invitation:*[0-9a-f]", count=1000))[:1] or [None]
    held = [name for name in redis.scan_iter("*:mandate_invitation:*") if b"count" not in name]
    assert code.replace("-", "").encode() not in b"".join(held)
    assert key is not None
    assert 7 * 86_400 - 60 < redis.ttl(held[0]) <= 7 * 86_400


@pytest.mark.parametrize(("powers", "days"), [(frozenset(), MONTH), (VIEW, 0), (VIEW, 366)])
def test_empty_and_endless_offers_are_refused(pair: Pair, powers: Any, days: int) -> None:
    """Something must be allowed, and for one of the times that are offered."""
    assert code_of(pair.mandates.invite(pair.person(), Side.REPRESENTED, powers, days)) is Code.MANDATE_POWERS


def test_one_mandate_between_two(pair: Pair) -> None:
    """While one is open or in force between two people, another is refused; after its end it is not."""
    represented, carer = pair.person(), pair.person()
    made = pair.agreed(represented, carer)
    assert code_of(pair.mandates.accept(carer, pair.invited(represented))) is Code.MANDATE_EXISTS
    pair.mandates.end(represented, made.id)
    assert isinstance(pair.mandates.accept(carer, pair.invited(represented)), Mandate)


def test_carers_are_limited(pair: Pair) -> None:
    """A person has five carers at most."""
    represented = pair.person()
    for _ in range(MAX_CARERS):
        pair.agreed(represented, pair.person())
    assert code_of(pair.mandates.accept(pair.person(), pair.invited(represented))) is Code.MANDATE_LIMIT


def test_one_invitation_makes_one_mandate(
    shared: Shared, own_database: Engine, own_people: Callable[[int], list[uuid.UUID]]
) -> None:
    """Of twenty people who enter one code in the same moment one is heard."""
    inviter, *others = own_people(21)
    with Session(own_database) as session:
        code = Pair(shared, session).invited(inviter)

    def enter(person: uuid.UUID) -> bool:
        with Session(own_database) as session:
            made = Pair(shared, session).mandates.accept(person, code)
            session.commit()
            return isinstance(made, Mandate)

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(enter, others)) == 1


@pytest.fixture
def own_people(shared: Shared, own_database: Engine) -> Callable[[int], list[uuid.UUID]]:
    """People in a database of the test's own."""

    def people(count: int) -> list[uuid.UUID]:
        with Session(own_database) as session:
            made = [Pair(shared, session).person() for _ in range(count)]
            session.commit()
            return made

    return people


class _Machine(RuleBasedStateMachine):
    pair: Pair

    @initialize()
    def begin(self) -> None:
        self.represented, self.carer = self.pair.person(), self.pair.person()
        self.mandate: Mandate | None = None
        self.yes: set[uuid.UUID] = set()
        self.stopped = False

    def known(self) -> bool:
        return self.mandate is not None

    @precondition(lambda self: self.mandate is None)
    @rule(side=st.sampled_from(Side))
    def propose(self, side: Side) -> None:
        inviter, other = self.represented, self.carer
        if side is Side.CARER:
            inviter, other = other, inviter
        made = self.pair.mandates.accept(other, self.pair.invited(inviter, side))
        assert isinstance(made, Mandate)
        self.mandate, self.yes = made, {other}

    @precondition(known)
    @rule(by_carer=st.booleans())
    def confirm(self, by_carer: bool) -> None:
        assert self.mandate is not None
        by = self.carer if by_carer else self.represented
        done = self.pair.mandates.confirm(by, self.mandate.id)
        expected = by not in self.yes and not self.stopped and not self.late()
        assert isinstance(done, Mandate) is expected
        if expected:
            self.yes.add(by)

    @precondition(known)
    @rule(by_carer=st.booleans(), move=st.sampled_from(["decline", "end"]))
    def stop(self, by_carer: bool, move: str) -> None:
        assert self.mandate is not None
        by = self.carer if by_carer else self.represented
        done = getattr(self.pair.mandates, move)(by, self.mandate.id)
        both = len(self.yes) == 2
        assert isinstance(done, Mandate) is (not self.stopped and (move == "end") is both)
        self.stopped = self.stopped or isinstance(done, Mandate)

    @precondition(known)
    @rule(days=st.integers(0, 20))
    def wait(self, days: int) -> None:
        self.pair.clock.advance(days=days)

    def late(self) -> bool:
        assert self.mandate is not None
        return self.pair.clock.now() >= self.mandate.expires_at

    @invariant()
    def acts_only_when_agreed(self) -> None:
        if getattr(self, "mandate", None) is None:
            return
        assert self.mandate is not None
        allowed = len(self.yes) == 2 and not self.stopped and not self.late()
        assert isinstance(self.pair.acting.act(self.carer, self.mandate.id, Power.VIEW), Mandate) is allowed
        assert isinstance(self.pair.acting.act(self.represented, self.mandate.id, Power.VIEW), Refusal)


def test_no_sequence_lets_a_carer_do_what_was_not_agreed(pair: Pair) -> None:
    """Whatever happens in whatever order, a carer acts only while both have said yes, neither no, and in time."""
    machine = type("Machine", (_Machine,), {"pair": pair})
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    chosen = settings(max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=chosen)
