"""Any sequence of steps, against the real rooms: no session without its factors, and never a dead end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, insert, select, update

from idp.audit.models import AuditRow
from idp.authenticators.assurance import MANY, PASSKEYS, aal_of
from idp.authenticators.methods import Holdings, Method, amr_of, wants_second
from idp.authenticators.models import PasskeyRow, RecoveryCodeRow
from idp.authenticators.throttling import Factor
from idp.authenticators.totp import Binding
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.sessions import Session
from idp.signin import Browser, Completed, NeedsSecond, Recognised, StartOver, State, Transaction, Wish
from idp.signin.flow import Move, next_state
from idp.signin.outcomes import Outcome
from idp.subscribers.directory import Subscriber
from idp.subscribers.models import SubscriberRow
from tests.factories.signin import PASSWORD, WRONG, Desk
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

KINDS = ["plain", "reached", "coded", "keyed", "staff", "bare"]
MESSAGES = {Method.SMS_CODE: ("sms",), Method.EMAIL_CODE: ("email",), Method.RECOVERY_CODE: ("otp",)}


@dataclass
class Somebody:
    """A person, what they have, and their generator."""

    name: str
    id: uuid.UUID
    held: Holdings
    binding: Binding | None = None


def make(desk: Desk, kind: str) -> Somebody:
    """A person of one kind; `bare` is staff without a passkey."""
    name = f"{kind}-{uuid.uuid4().hex[:12]}"
    contacts: dict[str, Any] = dict.fromkeys(("email_verified", "phone_number_verified"), kind in {"reached", "keyed"})
    person = store_subscriber(desk.session, desk.shared.keys, desk.clock, username=name, ial=3, **contacts)
    assert desk.passwords.set(person, PASSWORD) is None
    binding = desk.bind(person) if kind in {"coded", "keyed", "bare"} else None
    if kind in {"keyed", "staff"}:
        add_passkey(desk, person, bound=kind == "keyed")
    if kind == "coded":
        row = {"subscriber_id": person, "digest": uuid.uuid4().bytes, "salt": b"s", "created_at": desk.clock.now()}
        desk.session.execute(insert(RecoveryCodeRow).values(**row))
    if kind in {"staff", "bare"}:
        desk.session.execute(update(SubscriberRow).where(SubscriberRow.id == person).values(policy_group="staff"))
    found = desk.directory.get(person)
    assert found is not None
    return Somebody(name, person, desk.signin.holdings(found), binding)


def add_passkey(desk: Desk, person: uuid.UUID, *, bound: bool) -> None:
    """A stored passkey."""
    desk.session.execute(
        insert(PasskeyRow).values(
            id=uuid.uuid4(), subscriber_id=person, credential_id=uuid.uuid4().bytes, user_handle=person.bytes,
            public_key=b"k", sign_count=0, aaguid=uuid.UUID(int=0), transports=[], attestation="none",
            backup_eligible=not bound, backed_up=not bound, sealed_name=b"n", created_at=desk.clock.now(),
        )
    )  # fmt: skip


class SigningIn(RuleBasedStateMachine):
    """A browser, its session, one sign-in under way; `proven` is what really was, of whom."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.people = {kind: make(desk, kind) for kind in KINDS}
        self.session: Session | None = None
        self.begun = 0
        self.proven: set[str] = set()
        self.who: uuid.UUID | None = None
        self.transaction = self._open(Wish())

    # --- what people do --------------------------------------------------------------------------------------

    @rule(wanted=st.integers(0, 3), voluntary=st.booleans())
    def begin(self, wanted: int, *, voluntary: bool) -> None:
        """A new sign-in, with or without a session from before."""
        self.transaction = self._open(Wish("", wanted, voluntary))

    @precondition(lambda self: self.session is not None)
    @rule(wanted=st.integers(2, 3), voluntary=st.booleans())
    def begin_step_up(self, wanted: int, *, voluntary: bool) -> None:
        """A service asks for more than the session proves."""
        assert self.session is not None
        self.transaction = self._open(Wish("level", wanted, voluntary), self.session)
        self.proven, self.who = set(self.session.amr), self.session.subscriber_id

    @rule(kind=st.sampled_from(KINDS), right=st.sampled_from([True, True, True, False]))
    def password(self, kind: str, *, right: bool) -> None:
        """Somebody's password."""
        person = self.people[kind]
        typed = PASSWORD if right else WRONG
        outcome = self.desk.signin.submit_password(self.transaction, person.name, typed, self._browser())
        if not right:
            assert isinstance(outcome, Refusal)
        elif not (isinstance(outcome, Refusal) and outcome.code is not Code.FACTOR_MISSING):
            self.proven, self.who = {"pwd"}, person.id
        self._after(outcome)

    @rule(kind=st.sampled_from(["keyed", "staff"]))
    def passkey(self, kind: str) -> None:
        """Somebody's passkey, verified elsewhere."""
        person = self.people[kind]
        amr = amr_of(Method.PASSKEY, person.held)
        known = self.desk.directory.get(person.id)
        assert known is not None
        outcome = self.desk.signin.accept(self.transaction, known, amr, self._browser())
        if not isinstance(outcome, Refusal | StartOver):
            same = self.transaction.state is State.SECOND_FACTOR and self.who == person.id
            self.proven, self.who = (self.proven if same else set()) | set(amr), person.id
        self._after(outcome)

    @rule(right=st.sampled_from([True, True, False]))
    def code(self, *, right: bool) -> None:
        """A code of whoever's generator the sign-in is about."""
        person = self._about()
        if person is None or person.binding is None:
            return
        self.desk.clock.advance(seconds=60)
        code = self.desk.code(person.binding) if right else "000000"
        self._proves(self.desk.signin.submit_code(self.transaction, code, self._browser()), {"otp"})

    @rule(method=st.sampled_from(sorted(MESSAGES)), right=st.sampled_from([True, True, False]))
    def message(self, method: Method, *, right: bool) -> None:
        """A code that was sent or printed."""
        person = self._about()
        if person is None or not person.held.has(method):
            return
        verdict: Callable[[Subscriber], Refusal | None] = lambda _: None if right else Refusal(Code.TOTP_WRONG)  # noqa: E731 - a check that says what it is told to
        amr = MESSAGES[method]
        self._proves(self.desk.signin.prove(self.transaction, self._browser(), Factor.CODE, amr, verdict), set(amr))

    @rule()
    def skip(self) -> None:
        """Go on without."""
        self._after(self.desk.signin.skip(self.transaction, self._browser()))

    @rule()
    def restart(self) -> None:
        """Another account."""
        self._after(self.desk.signin.restart(self.transaction))

    @rule(move=st.sampled_from([Move.DENY, Move.GIVE_UP, Move.FINISH, Move.RECOGNISE]))
    def leave(self, move: Move) -> None:
        """Whatever else a browser can ask for."""
        person = None if self.session is None else self.session.subscriber_id
        if move is Move.RECOGNISE and person is None:
            return
        moved = self.desk.transactions.advance(self.transaction, move, subscriber_id=person)
        self.transaction = self.transaction if isinstance(moved, Refusal) else moved

    @rule()
    def sign_out(self) -> None:
        """In another tab."""
        if self.session is not None:
            self.desk.sessions.end(self.session.id, "signed_out")
            self.session = None

    @rule()
    def wait(self) -> None:
        """Until every wait is over; nobody's session lasts so long."""
        self.desk.clock.advance(hours=25)
        self.session = None

    # --- what holds ------------------------------------------------------------------------------------------

    @invariant()
    def no_session_but_the_accepted_ones(self) -> None:
        """Sessions begin or are renewed where a sign-in completed, and nowhere else."""
        ids = [person.id for person in self.people.values()]
        wanted = select(func.count()).where(AuditRow.event == "session.started", AuditRow.subscriber_id.in_(ids))
        assert self.desk.session.scalar(wanted) == self.begun

    @invariant()
    def no_dead_end(self) -> None:
        """Every open state can be left, and the second page always has something on it."""
        state = self.transaction.state
        if state in {State.CREDENTIALS, State.SECOND_FACTOR, State.CONSENT}:
            assert next_state(state, Move.RESTART) is State.CREDENTIALS
        if state is State.SECOND_FACTOR and self.transaction.session_id is None:
            more = self.desk.signin.ways(self.transaction)
            assert more.methods or more.optional

    def teardown(self) -> None:
        """However it went: everybody with what they need gets in afterwards, at the next try."""
        self.desk.clock.advance(days=31)
        for person in self.people.values():
            transaction = self._open(Wish("", 2))
            outcome = self.desk.signin.submit_password(transaction, person.name, PASSWORD, browser_of(None))
            for _ in range(3):
                if isinstance(outcome, NeedsSecond):
                    known = self.desk.directory.get(person.id)
                    assert known is not None
                    amr = amr_of(outcome.methods[0], person.held)
                    outcome = self.desk.signin.accept(outcome.transaction, known, amr, browser_of(None))
            expected = Refusal if person.name.startswith("bare") else Completed
            assert isinstance(outcome, expected), (person.name, outcome)

    # --- how ---------------------------------------------------------------------------------------------------

    def _open(self, wish: Wish, step_up: Session | None = None) -> Transaction:
        self.proven, self.who = set(), None
        secret = self.desk.entropy.secret(SecretKind.BROWSER)
        return self.desk.transactions.open(None, secret, wish=wish, step_up=step_up)

    def _browser(self) -> Browser:
        return browser_of(self.session)

    def _about(self) -> Somebody | None:
        return next((one for one in self.people.values() if one.id == self.transaction.subscriber_id), None)

    def _proves(self, outcome: Outcome, amr: set[str]) -> None:
        if not isinstance(outcome, Refusal | StartOver):
            self.proven |= amr
        self._after(outcome)

    def _after(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refusal):
            return
        before, self.transaction = self.transaction, outcome.transaction
        if isinstance(outcome, StartOver):
            self.proven, self.who = set(), None
        if isinstance(outcome, Recognised):
            assert before.wish.voluntary
            assert before.session_id is not None
        if isinstance(outcome, Completed):
            self._judge(before, outcome)

    def _judge(self, before: Transaction, outcome: Completed) -> None:
        """The session is worth what was really proven, of this very person."""
        session, person = outcome.session, next(one for one in self.people.values() if one.id == self.who)
        assert session.subscriber_id == person.id
        assert set(session.amr) - {MANY} == self.proven - {MANY}
        assert session.aal == aal_of(session.amr)
        assert session.aal == 1 or len(self.proven) > 1
        if person.name.startswith(("staff", "bare")):
            assert self.proven & PASSKEYS
        if wants_second(person.held) and not before.wish.voluntary:
            assert self.proven - {"pwd", MANY}
        # Who takes another account, or comes back after signing out, signs in anew.
        if outcome.transaction.session_id is not None:
            assert self.session is not None
            assert person.id == before.subscriber_id
            assert session.id == self.session.id == before.session_id
            assert session.expires_at == self.session.expires_at
        self.session, self.begun = session, self.begun + 1


def browser_of(session: Session | None) -> Browser:
    """A browser at an address that is never limited."""
    return Browser(f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1", "made-up browser", None, session)


def test_no_session_without_its_factors_and_no_dead_end(desk: Desk) -> None:
    """AC-070, AC-101: any sequence of sign-ins, step-ups, wrong tries, skips and leavings, of six kinds of people."""

    class Here(SigningIn):
        def __init__(self) -> None:
            super().__init__(desk)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=60,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
