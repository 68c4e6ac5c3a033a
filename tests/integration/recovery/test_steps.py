"""The steps of a recovery over the real stores: what is single use, and what ends with it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.authenticators.models import PasswordRow
from idp.authenticators.throttling import Factor
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.recovery import Case, Proof, State
from tests.factories.recovery import RecoveryDesk
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration
NEW = "four wet umbrellas sing to nobody"


def ready(room: RecoveryDesk, person: uuid.UUID, browser: str) -> Case:
    """A case that waits for its new password."""
    sheet = room.paper.make(person)
    held: dict[str, Any] = {"sheet": sheet, "binding": None}
    case = room.recovery.first_proof(room.attempt(person, browser), Proof.PAPER, sheet.pop(), browser)
    assert isinstance(case, Case)
    code = room.right(person, Proof.EMAIL, held, case)
    assert code is not None
    case = room.recovery.further_proof(case, Proof.EMAIL, code, None)
    assert isinstance(case, Case)
    assert case.state is State.READY
    return case


def test_one_of_fifty_new_passwords_is_set(own_database: Engine, shared: Shared) -> None:
    """AC-083: fifty parallel ends of one recovery: one is done, and its password is the stored one."""
    with Session(own_database) as session:
        room = RecoveryDesk(Desk(shared, session))
        person = room.person(email="racing@people.example")
        browser = room.desk.entropy.secret(SecretKind.BROWSER)
        case = ready(room, person, browser)
        session.commit()

    def end(number: int) -> bool:
        with Session(own_database) as session:
            room = RecoveryDesk(Desk(shared, session))
            outcome = room.finishing.finish(case, f"{NEW} {number}", ())
            if isinstance(outcome, Refusal):
                assert outcome.code is Code.RECOVERY_STATE
                session.rollback()
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(10) as pool:
        won = [number for number, done in enumerate(pool.map(end, range(50))) if done]
    assert len(won) == 1
    with Session(own_database) as session:
        desk = Desk(shared, session)
        assert desk.passwords.check(person, f"{NEW} {won[0]}") is True


def test_one_of_fifty_first_proofs_opens_a_case(own_database: Engine, shared: Shared) -> None:
    """AC-074: fifty parallel uses of one printed code in a recovery: one case."""
    with Session(own_database) as session:
        room = RecoveryDesk(Desk(shared, session))
        person = room.person(email="racing2@people.example")
        browser = room.desk.entropy.secret(SecretKind.BROWSER)
        code = room.paper.make(person)[0]
        attempts = [room.attempt(person, browser) for _ in range(50)]
        session.commit()

    def prove(number: int) -> bool:
        with Session(own_database) as session:
            room = RecoveryDesk(Desk(shared, session))
            outcome = room.recovery.first_proof(attempts[number], Proof.PAPER, code, browser)
            session.commit()
            return isinstance(outcome, Case)

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(prove, range(50))) == 1


def test_app_comes_after_an_address(desk: Desk) -> None:
    """AC-073: nobody guesses at a code generator from outside: it is not asked for first."""
    room = RecoveryDesk(desk)
    person = room.person()
    browser = desk.entropy.secret(SecretKind.BROWSER)
    outcome = room.recovery.first_proof(room.attempt(person, browser), Proof.APP, "000000", browser)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.RECOVERY_STATE


def test_guesses_in_a_recovery_leave_the_sign_in_alone(desk: Desk) -> None:
    """AC-061: whoever exhausts the tries of a recovery takes none from the owner's password or codes."""
    room = RecoveryDesk(desk)
    person = room.person(email="calm@people.example")
    browser = desk.entropy.secret(SecretKind.BROWSER)
    attempt = room.attempt(person, browser)
    outcomes = [room.recovery.first_proof(attempt, Proof.EMAIL, "000000", browser) for _ in range(15)]
    assert {one.code for one in outcomes if isinstance(one, Refusal)} >= {Code.THROTTLED}
    stored = desk.session.scalar(select(PasswordRow.hash).where(PasswordRow.subscriber_id == person))
    assert stored is not None
    for factor in ("password", "code", "message-code", "recovery-code"):
        reserved = desk.throttle.reserve(_factor(factor), f"person|{person}", None)
        assert not isinstance(reserved, Refusal)


def _factor(name: str) -> Factor:
    return Factor(name)
