import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.authenticators.models import TotpRow
from idp.authenticators.totp import Binding
from idp.errors import Code, Refusal
from idp.keys.sealing import SealBrokenError
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration


@pytest.fixture
def person(desk: Desk) -> uuid.UUID:
    """Somebody without a code generator."""
    return desk.person("testa")


def test_binding_can_be_typed_or_scanned(desk: Desk, person: uuid.UUID) -> None:
    """160 bits in base32, and the same in the address of the QR code, with issuer and account."""
    binding = desk.totp.bind(person, "testa.person")
    address = urlsplit(binding.uri)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert "testa.person" in address.path
    assert parse_qs(address.query)["secret"] == [binding.secret]
    assert parse_qs(address.query)["issuer"] == ["WanGov ID"]
    assert len(binding.secret) == 32
    assert binding.secret not in repr(binding)


def test_right_code_once(desk: Desk, person: uuid.UUID) -> None:
    """The code shown now is right, and then spent."""
    binding = desk.bind(person)
    assert desk.totp.check(person, desk.code(binding)) is None
    assert desk.totp.check(person, desk.code(binding)) == Refusal(Code.TOTP_REPLAYED)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_be_half_a_minute_apart(desk: Desk, person: uuid.UUID, steps: int, right: bool) -> None:
    """The step before and the step after are taken, no others."""
    binding = desk.bind(person)
    answer = desk.totp.check(person, desk.code(binding, steps=steps))
    assert answer == (None if right else Refusal(Code.TOTP_WRONG))


def test_an_older_step_is_a_replay(desk: Desk, person: uuid.UUID) -> None:
    """After a code no earlier one is taken, even one that was never used (RFC 6238 5.2)."""
    binding = desk.bind(person)
    assert desk.totp.check(person, desk.code(binding, steps=1)) is None
    assert desk.totp.check(person, desk.code(binding)) == Refusal(Code.TOTP_REPLAYED)
    desk.clock.advance(seconds=60)
    assert desk.totp.check(person, desk.code(binding)) is None


def test_a_wrong_code_spends_nothing(desk: Desk, person: uuid.UUID) -> None:
    """Guessing does not use up the owner's code."""
    binding = desk.bind(person)
    code = desk.code(binding)
    wrong = "000000" if code != "000000" else "000001"
    for typed in (wrong, "", "12345", code + "0", "\ud800"):
        assert desk.totp.check(person, typed) == Refusal(Code.TOTP_WRONG)
    assert desk.totp.check(person, code) is None


def test_either_generator_serves(desk: Desk, person: uuid.UUID) -> None:
    """A person may have two, each with its own replay guard."""
    first, second = desk.bind(person), desk.bind(person)
    assert desk.totp.check(person, desk.code(first)) is None
    assert desk.totp.check(person, desk.code(second)) is None
    assert desk.totp.check(person, desk.code(first)) == Refusal(Code.TOTP_REPLAYED)


def test_without_generator(desk: Desk, person: uuid.UUID) -> None:
    """Nobody gets in by a factor they do not have."""
    assert not desk.totp.is_bound(person)
    assert desk.totp.check(person, "123456") == Refusal(Code.FACTOR_MISSING, "otp")
    desk.bind(person)
    assert desk.totp.is_bound(person)


def test_a_secret_opens_for_its_owner_only(desk: Desk, person: uuid.UUID) -> None:
    """Rows swapped between people in the database raise an alarm instead of letting one in as the other."""
    binding = desk.bind(person)
    other = desk.person("other")
    desk.bind(other)
    sealed = {row.subscriber_id: row.sealed_secret for row in desk.session.scalars(select(TotpRow))}
    assert binding.secret.encode() not in sealed[person]
    for row in desk.session.scalars(select(TotpRow).where(TotpRow.subscriber_id == other)):
        row.sealed_secret = sealed[person]
    desk.session.flush()
    with pytest.raises(SealBrokenError):
        desk.totp.check(other, desk.code(binding))


def test_fifty_at_once_spend_a_code_once(own_database: Engine, shared: Shared) -> None:
    """The same code in fifty parallel requests: exactly one success (AC-072)."""
    with Session(own_database) as session:
        desk = Desk(shared, session)
        person = desk.person("testa")
        binding: Binding = desk.bind(person)
        code = desk.code(binding)
        session.commit()
    begin = threading.Barrier(10)

    def attempt(number: int) -> Refusal | None:
        if number < 10:
            begin.wait(10)
        with Session(own_database) as own:
            answer = Desk(shared, own).totp.check(person, code)
            own.commit()
            return answer

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert answers.count(None) == 1
    assert answers.count(Refusal(Code.TOTP_REPLAYED)) == 49
