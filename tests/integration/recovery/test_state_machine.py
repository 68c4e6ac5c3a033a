"""Any sequence of steps, against the real rooms: no new password without its proofs, and never without a way back."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from idp.authenticators.models import PasswordRow
from idp.entropy import SecretKind
from idp.errors import Refusal
from idp.recovery import Case, Proof, State
from idp.recovery.finishing import Lost
from idp.recovery.ladder import CONTACTS, cooling_off, reached
from idp.subscribers.models import SubscriberRow
from tests.factories.recovery import RecoveryDesk
from tests.factories.signin import Desk

pytestmark = pytest.mark.integration
NEW = "four wet umbrellas sing to nobody"


class Recovering(RuleBasedStateMachine):
    """One person, one browser that is the owner's and one that is not, and time."""

    def __init__(self, desk: Desk, finished: list[Case]) -> None:
        super().__init__()
        self.finished = finished
        self.room = RecoveryDesk(desk)
        self.desk = desk
        self.case: Case | None = None
        self.shown: set[Proof] = set()
        self.cooled_from: datetime | None = None
        self.hash: str | None = None

    @rule(
        ial=st.integers(1, 3),
        phone=st.booleans(),
        mail=st.booleans(),
        totp=st.booleans(),
        paper=st.booleans(),
    )
    @precondition(lambda self: self.hash is None)
    def enrol(self, *, ial: int, phone: bool, mail: bool, totp: bool, paper: bool) -> None:
        """Somebody with these things."""
        number = uuid.uuid4().int % 10**5
        changes: dict[str, Any] = {
            "email": f"p{uuid.uuid4().hex}@people.example" if mail else None,
            "email_verified": True if mail else None,
            "phone_number": f"+232761{number:05}" if phone else None,
            "phone_number_verified": True if phone else None,
        }
        self.person = self.room.person(ial=ial, **changes)
        self.ial = ial
        self.held = {
            "binding": self.desk.bind(self.person) if totp else None,
            "sheet": self.room.paper.make(self.person) if paper else [],
        }
        self.owner = self.desk.entropy.secret(SecretKind.BROWSER)
        self.thief = self.desk.entropy.secret(SecretKind.BROWSER)
        self.hash = self._hash()

    @rule(proof=st.sampled_from(Proof), right=st.booleans())
    @precondition(lambda self: self.hash is not None)
    def begin(self, proof: Proof, *, right: bool) -> None:
        """A first proof, right or wrong, by the owner's browser."""
        attempt = self.room.attempt(self.person, self.owner)
        typed = None if proof is Proof.APP else self.room.right(self.person, proof, self.held, attempt)
        known = typed is not None and right
        outcome = self.room.recovery.first_proof(attempt, proof, str(typed) if known else "000000", self.owner)
        assert isinstance(outcome, Refusal) or known
        if isinstance(outcome, Case):
            self.case, self.shown, self.cooled_from = outcome, {proof}, None

    @rule(proof=st.sampled_from(Proof), right=st.booleans())
    @precondition(lambda self: self.case is not None)
    def go_on(self, proof: Proof, *, right: bool) -> None:
        """A further proof."""
        case = self._case()
        typed = self.room.right(self.person, proof, self.held, case) if proof in self._asked(case) else None
        known = typed is not None and right
        outcome = self.room.recovery.further_proof(case, proof, str(typed) if known else "000000", None)
        assert isinstance(outcome, Refusal) or known
        if isinstance(outcome, Case):
            self.shown.add(proof)
            self._cooling(outcome)
            if case.state is State.COOLING:
                assert self.cooled_from is not None
                assert self.desk.clock.now() >= self.cooled_from + cooling_off(self.ial)
                assert proof in CONTACTS

    @rule(hurry=st.sampled_from([0, 60, 23 * 60]))
    @precondition(lambda self: self.hash is not None)
    def hurry(self, hurry: int) -> None:
        """Both addresses, and then too early on: neither a fresh code nor a new password is taken before its time."""
        self.begin(Proof.EMAIL, right=True)
        if self.case is None or self._case().proofs != {Proof.EMAIL}:
            return
        self.go_on(Proof.SMS, right=True)
        if self._case().state is not State.COOLING:
            return
        self.desk.clock.advance(minutes=hurry)
        self.go_on(Proof.EMAIL, right=True)
        assert self._case().state is State.COOLING
        assert isinstance(self.room.finishing.finish(self._case(), NEW, ()), Refusal)

    @rule()
    @precondition(lambda self: self.case is not None)
    def settle(self) -> None:
        """The owner has nothing more."""
        outcome = self.room.recovery.settle(self._case())
        if isinstance(outcome, Case):
            self._cooling(outcome)

    @rule(lost=st.sets(st.sampled_from(Lost)))
    @precondition(lambda self: self.case is not None)
    def finish(self, lost: set[Lost]) -> None:
        """A new password, whenever."""
        case = self._case()
        nested = self.desk.session.begin_nested()
        outcome = self.room.finishing.finish(case, NEW, lost)
        if isinstance(outcome, Refusal):
            nested.rollback()
            return
        self._proven(case)
        self.hash = self._hash()
        self.finished.append(case)
        self.ial = self.desk.session.scalar(select(SubscriberRow.ial).where(SubscriberRow.id == self.person)) or 0
        if Lost.APP in lost:
            self.held["binding"] = None
        if Lost.PAPER in lost:
            self.held["sheet"] = []

    @rule(minutes=st.sampled_from([1, 10, 16, 60, 24 * 60, 72 * 60 + 1]))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.desk.clock.advance(minutes=minutes)

    @rule()
    @precondition(lambda self: self.case is not None)
    def stop(self) -> None:
        """The owner stops it."""
        before = self._case().state
        stopped = self.room.recovery.stop(self.person, self._case().id, "link")
        open_before = before not in {State.STOPPED, State.DONE, State.EXPIRED}
        assert stopped or not open_before
        assert not open_before or self._case().state is State.STOPPED

    @rule()
    @precondition(lambda self: self.case is not None)
    def steal(self) -> None:
        """Another browser asks for the case."""
        assert isinstance(self.room.cases.find(self._case().id, self.thief), Refusal)

    @invariant()
    def password_is_as_it_was(self) -> None:
        """Nothing but a finished recovery changes the password."""
        if self.hash is not None:
            assert self._hash() == self.hash

    def teardown(self) -> None:
        """Whatever happened: a visit is open, and who has the proofs of a rung comes back alone, from a new browser."""
        if self.hash is None:
            return
        visit = self.room.recovery.ask_visit(self.person)
        assert self.room.cases.visits(visit, visit)
        self.desk.clock.advance(hours=25)
        browser = self.desk.entropy.secret(SecretKind.BROWSER)
        case = self._first(browser)
        if case is None:
            return
        while case.state is State.PROVING:
            moved = self._next(case)
            if moved is None:
                assert not self._settles(case)
                return
            case = moved
        if case.state is State.COOLING:
            assert case.ready_at is not None
            self.desk.clock.advance(seconds=(case.ready_at - self.desk.clock.now()).total_seconds())
            case = self._next(case) or case
        assert case.state is State.READY
        assert isinstance(self.room.finishing.finish(case, NEW, ()), Case)
        self.finished.append(case)

    def _first(self, browser: str) -> Case | None:
        for proof in (Proof.EMAIL, Proof.SMS, Proof.PAPER):
            attempt = self.room.attempt(self.person, browser)
            typed = self.room.right(self.person, proof, self.held, attempt)
            if typed is not None:
                outcome = self.room.recovery.first_proof(attempt, proof, typed, browser)
                assert isinstance(outcome, Case)
                return outcome
        return None

    def _next(self, case: Case) -> Case | None:
        for proof in self._asked(case):
            typed = self.room.right(self.person, proof, self.held, case)
            outcome = None if typed is None else self.room.recovery.further_proof(case, proof, typed, None)
            if isinstance(outcome, Case):
                return outcome
        outcome = self.room.recovery.settle(case)
        return outcome if isinstance(outcome, Case) else None

    def _settles(self, case: Case) -> bool:
        found = self.desk.directory.get(self.person)
        assert found is not None
        return reached(case.proofs, self.room.recovery.circumstances(found)) is not None

    def _proven(self, case: Case) -> None:
        """What the rungs ask for, said once more in other words than the code's."""
        contacts = self.shown & CONTACTS
        level = self.desk.session.scalar(select(SubscriberRow.ial).where(SubscriberRow.id == self.person))
        assert case.state is State.READY
        if self.cooled_from is None:
            assert contacts
            assert self.shown - CONTACTS
            assert level is not None
            assert level <= 2
            return
        assert level == 1
        assert self.desk.clock.now() >= self.cooled_from + cooling_off(self.ial)
        assert len(contacts) == 2 or (self.ial == 1 and contacts == {Proof.EMAIL})

    def _cooling(self, case: Case) -> None:
        if case.state is State.COOLING and self.cooled_from is None:
            self.cooled_from = self.desk.clock.now()

    def _case(self) -> Case:
        assert self.case is not None
        found = self.room.cases.find(self.case.id, self.owner)
        assert isinstance(found, Case)
        return found

    def _asked(self, case: Case) -> tuple[Proof, ...]:
        found = self.desk.directory.get(self.person)
        assert found is not None
        return self.room.recovery.asked(case, found)

    def _hash(self) -> str | None:
        return self.desk.session.scalar(select(PasswordRow.hash).where(PasswordRow.subscriber_id == self.person))


def test_no_recovery_without_its_proofs_and_always_a_way_back(desk: Desk) -> None:
    """AC-082, AC-083: any sequence of proofs, waits, stops and new passwords, of people with anything and nothing."""
    finished: list[Case] = []

    class Here(Recovering):
        def __init__(self) -> None:
            super().__init__(desk, finished)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
    assert {len(case.proofs) for case in finished} >= {2}
