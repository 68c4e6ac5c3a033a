from uuid import UUID

import pytest

from idp.authenticators.biometric import Modality
from idp.authenticators.methods import Method
from idp.errors import Code, Refusal
from idp.signin import Completed, Move, NeedsSecond, StartOver, Transaction
from tests.factories.biometrics import BodyDesk
from tests.factories.signin import PASSWORD, Desk, browser

pytestmark = pytest.mark.integration


@pytest.fixture
def body(desk: Desk) -> BodyDesk:
    """The services over a transaction that is rolled back."""
    return BodyDesk(desk)


def after(body: BodyDesk, person: UUID, *amr: str, level: int = 2) -> Transaction:
    """A sign-in that should reach `level` and in which this was proven."""
    opened = body.desk.open()
    moved = body.desk.transactions.advance(opened, Move.FIRST_FACTOR, subscriber_id=person, amr=amr)
    assert isinstance(moved, Transaction)
    object.__setattr__(moved, "wish", type(moved.wish)(wanted=level))
    return moved


def submit(body: BodyDesk, transaction: Transaction, sample: bytes, method: Method = Method.FACE) -> object:
    """A sample with the challenge of its page."""
    challenge = body.step.begin(transaction, method)
    if isinstance(challenge, Refusal):
        return challenge
    return body.step.submit(transaction, method, sample, challenge, browser())


@pytest.mark.parametrize("held", ["otp", "sms"])
@pytest.mark.parametrize(("method", "amr"), [(Method.FACE, "face"), (Method.FINGER, "fpt")])
def test_a_body_beside_something_held_is_level_2(body: BodyDesk, held: str, method: Method, amr: str) -> None:
    """A code from a telephone or generator and a face or finger: two kinds, told as such."""
    outcome = submit(body, after(body, body.person(), held), b"me 1", method)
    assert isinstance(outcome, Completed), outcome
    assert outcome.session.aal == 2
    assert set(outcome.session.amr) >= {held, amr, "mfa"}


@pytest.mark.parametrize("proven", [(), ("pwd",), ("email",), ("pwd", "email")])
@pytest.mark.parametrize("level", [0, 2, 3])
def test_a_body_without_something_held_is_refused(body: BodyDesk, proven: tuple[str, ...], level: int) -> None:
    """AC-105: neither first nor after a password nor after a code by e-mail; nothing is compared."""
    person = body.person()
    transaction = after(body, person, *proven, level=level)
    assert not {Method.FACE, Method.FINGER} & set(body.signin.ways(transaction).methods)
    stolen = body.checks.begin(f"{transaction.id}.{transaction.rounds}", person, Modality.FACE)
    outcome = body.step.submit(transaction, Method.FACE, b"me 1", stolen, browser())
    assert isinstance(outcome, Refusal), outcome
    assert outcome.code is Code.FACTOR_MISSING
    assert body.bodies.asked == []


def test_it_is_no_first_step(body: BodyDesk) -> None:
    """Before anything was proven nothing is asked."""
    body.person()
    assert submit(body, body.desk.open(), b"me 1") == Refusal(Code.TRANSACTION_STATE, "credentials")


def test_a_password_is_not_followed_by_a_body(body: BodyDesk) -> None:
    """Somebody with an authenticator app is asked for that; a face is not in the list."""
    person = body.person()
    body.desk.bind(person)
    outcome = body.signin.submit_password(body.desk.open(), "testa", PASSWORD, browser())
    assert isinstance(outcome, NeedsSecond)
    assert Method.TOTP in outcome.methods
    assert not {Method.FACE, Method.FINGER} & set(outcome.methods)


def test_five_tries_end_the_round(body: BodyDesk) -> None:
    """As with codes: then it begins again at the password."""
    transaction = after(body, body.person(), "otp")
    for number in range(4):
        outcome = submit(body, transaction, f"you {number}".encode())
        assert outcome == Refusal(Code.BIOMETRIC_NO_MATCH)
    assert isinstance(submit(body, transaction, b"you 5"), StartOver)


def test_a_challenge_of_another_sign_in_is_nothing(body: BodyDesk) -> None:
    """It is bound to its transaction and round."""
    person = body.person()
    first, second = after(body, person, "otp"), after(body, person, "otp")
    challenge = body.step.begin(first, Method.FACE)
    assert isinstance(challenge, str)
    outcome = body.step.submit(second, Method.FACE, b"me 1", challenge, browser())
    assert outcome == Refusal(Code.BIOMETRIC_CHALLENGE)


def test_a_locked_face_is_not_offered(body: BodyDesk) -> None:
    """Nor is its page."""
    person = body.person()
    body.locks.lock(person, Modality.FACE)
    transaction = after(body, person, "otp")
    assert body.signin.ways(transaction).methods == (Method.FINGER,)
    assert submit(body, transaction, b"me 1") == Refusal(Code.FACTOR_MISSING, "face")
