"""What happens to an account while somebody gets back into it, and what its guesses cost."""

import uuid
from typing import Any

import pytest

from idp.authenticators.assurance import EMAIL
from idp.authenticators.throttling import Factor
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.recovery import Case, Proof, State
from idp.recovery.finishing import Lost
from idp.signin import Completed, NeedsSecond
from tests.factories.recovery import RecoveryDesk
from tests.factories.signin import PASSWORD, Desk, browser

pytestmark = pytest.mark.integration
NEW = "four wet umbrellas sing to nobody"


def settled(room: RecoveryDesk, person: uuid.UUID) -> Case:
    """A case that waits: a mailbox was all there was to show."""
    secret = room.desk.entropy.secret(SecretKind.BROWSER)
    attempt = room.attempt(person, secret)
    code = room.right(person, Proof.EMAIL, {}, attempt)
    assert code is not None
    case = room.recovery.first_proof(attempt, Proof.EMAIL, code, secret)
    assert isinstance(case, Case)
    waiting = room.recovery.settle(case)
    assert isinstance(waiting, Case)
    assert waiting.ready_at is not None
    return waiting


def confirmed(room: RecoveryDesk, case: Case) -> Case | Refusal:
    """The same mailbox again, when the wait is over."""
    assert case.ready_at is not None
    room.desk.clock.advance(seconds=(case.ready_at - room.desk.clock.now()).total_seconds())
    code = room.right(case.subscriber_id, Proof.EMAIL, {}, case)
    assert code is not None
    return room.recovery.further_proof(case, Proof.EMAIL, code, None)


def mailed(room: RecoveryDesk, name: str) -> uuid.UUID:
    """Somebody whose mailbox is all that they could show."""
    none = {"phone_number": None, "phone_number_verified": None}
    return room.person(email=f"{name}@people.example", email_verified=True, **none)


def test_another_language_ends_no_recovery(desk: Desk) -> None:
    """AC-083, AC-061: what anybody with a session may change does not take the owner's recovery away."""
    room = RecoveryDesk(desk)
    person = mailed(room, "tongues")
    case = settled(room, person)
    desk.clock.advance(seconds=60)
    assert desk.directory.record(person, {"locale": "fr"}) is None
    ready = confirmed(room, case)
    assert isinstance(ready, Case), ready
    assert isinstance(room.finishing.finish(ready, NEW, ()), Case)


def test_a_second_factor_of_the_wait_stands(desk: Desk) -> None:
    """AC-083: a mailbox alone was enough when the wait began, and is not at its end."""
    room = RecoveryDesk(desk)
    person = mailed(room, "guarded")
    case = settled(room, person)
    desk.clock.advance(seconds=60)
    desk.bind(person)
    outcome = confirmed(room, case)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.RECOVERY_CHANGED
    assert desk.passwords.check(person, PASSWORD) is True


def test_a_second_factor_of_the_last_minute_stands(desk: Desk) -> None:
    """AC-083: nor is it when the new password is set."""
    room = RecoveryDesk(desk)
    person = mailed(room, "latest")
    ready = confirmed(room, settled(room, person))
    assert isinstance(ready, Case)
    desk.bind(person)
    outcome = room.finishing.finish(ready, NEW, (Lost.APP,))
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.RECOVERY_CHANGED


def test_what_was_added_since_is_not_lost(desk: Desk) -> None:
    """A case gives up what stood when it began; what somebody added since stays."""
    room = RecoveryDesk(desk)
    person = mailed(room, "adding")
    desk.bind(person)
    secret = desk.entropy.secret(SecretKind.BROWSER)
    sheet = room.paper.make(person)
    case = room.recovery.first_proof(room.attempt(person, secret), Proof.PAPER, sheet[0], secret)
    assert isinstance(case, Case)
    code = room.right(person, Proof.EMAIL, {}, case)
    assert code is not None
    case = room.recovery.further_proof(case, Proof.EMAIL, code, None)
    assert isinstance(case, Case)
    assert case.state is State.READY
    desk.clock.advance(seconds=60)
    desk.bind(person)
    newer = desk.totp.held_by(person)[-1]
    room.paper.make(person)
    assert isinstance(room.finishing.finish(case, NEW, (Lost.APP, Lost.PAPER)), Case)
    assert [generator.id for generator in desk.totp.held_by(person)] == [newer.id]
    assert room.paper.left(person) == len(sheet)


def test_guesses_at_the_app_in_recoveries_are_counted_over_a_month(desk: Desk) -> None:
    """AC-073: whoever stays below the limit of ten minutes for ever meets that of the month, case after case."""
    room = RecoveryDesk(desk)
    person = mailed(room, "patient")
    binding = desk.bind(person)
    outcomes = []
    for number in range(60):
        if number % 9 == 0:
            desk.clock.advance(minutes=11)
        case = room.cases.open(person, desk.entropy.secret(SecretKind.BROWSER), Proof.EMAIL)
        typed = f"{(int(desk.code(binding)) + 1 + number) % 1_000_000:06}"
        outcome = room.recovery.further_proof(case, Proof.APP, typed, None)
        assert isinstance(outcome, Refusal)
        outcomes.append(outcome.code)
    assert outcomes[:49] == [Code.TOTP_WRONG] * 49
    assert set(outcomes[50:]) == {Code.THROTTLED}


def test_a_right_code_by_mail_forgets_no_guess_at_the_app(desk: Desk) -> None:
    """AC-073: a sign-in by another factor leaves the month's guesses at this one as they are."""
    person = desk.person("mixed")
    binding = desk.bind(person)

    def second(code: str) -> Any:
        begun = desk.signin.submit_password(desk.open(), "mixed", PASSWORD, browser())
        assert isinstance(begun, NeedsSecond), begun
        if code == EMAIL:
            return desk.signin.prove(begun.transaction, browser(), Factor.MESSAGE_CODE, (EMAIL,), lambda _: None)
        return desk.signin.submit_code(begun.transaction, code, browser())

    for number in range(50):
        if number % 9 == 0:
            desk.clock.advance(minutes=11)
        second(f"{(int(desk.code(binding)) + 1 + number) % 1_000_000:06}")
    desk.clock.advance(minutes=11)
    assert isinstance(second(EMAIL), Completed)
    refused = second(desk.code(binding))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.THROTTLED
