import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from idp.authenticators.models import RecoveryCodeRow
from idp.authenticators.recovery_codes import COUNT, RecoveryCodes
from idp.errors import Code, Refusal
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration
WRONG = Refusal(Code.RECOVERY_CODE_WRONG)


def codes_over(shared: Shared, desk: Desk) -> RecoveryCodes:
    """The service of one request."""
    return RecoveryCodes(desk.session, shared.keys, shared.clock, desk.entropy, desk.trail)


@pytest.fixture
def codes(shared: Shared, desk: Desk) -> RecoveryCodes:
    """Printed codes over a transaction that is rolled back."""
    return codes_over(shared, desk)


@pytest.fixture
def person(desk: Desk) -> uuid.UUID:
    """Somebody without printed codes."""
    return desk.person("testa")


def test_ten_different_codes(codes: RecoveryCodes, person: uuid.UUID) -> None:
    """A set is ten codes in groups of four, none like another."""
    made = codes.make(person)
    assert len(set(made)) == COUNT == codes.left(person)
    assert all([len(group) for group in code.split("-")] == [4, 4, 4] for code in made)


def test_each_code_once(codes: RecoveryCodes, person: uuid.UUID) -> None:
    """A code is right once, and the number left goes down by one."""
    made = codes.make(person)
    assert codes.spend(person, made[3].lower().replace("-", " ")) is None
    assert codes.spend(person, made[3]) == WRONG
    assert codes.left(person) == COUNT - 1
    assert codes.spend(person, made[4]) is None


def test_a_new_set_replaces_the_old(codes: RecoveryCodes, person: uuid.UUID) -> None:
    """Paper that was lost is worth nothing once new codes are printed."""
    old, new = codes.make(person), codes.make(person)
    assert codes.left(person) == COUNT
    assert codes.spend(person, old[0]) == WRONG
    assert codes.spend(person, new[0]) is None


def test_codes_of_somebody_else(codes: RecoveryCodes, desk: Desk, person: uuid.UUID) -> None:
    """A code is its owner's; nobody, and a person without codes, hear what a wrong code hears."""
    made, other = codes.make(person), desk.person("other")
    for whoever in (other, None, uuid.uuid4()):
        assert codes.spend(whoever, made[0]) == WRONG
    assert codes.spend(person, made[0]) is None


@pytest.mark.parametrize("typed", ["", "-", "0000-0000-0000", "\ud800", "x" * 5000, "1234-5678-901", "\0" * 12])
def test_what_is_no_code(codes: RecoveryCodes, person: uuid.UUID, typed: str) -> None:
    """Whatever is typed, nothing is spent and nothing breaks."""
    codes.make(person)
    assert codes.spend(person, typed) == WRONG
    assert codes.left(person) == COUNT


def test_nothing_readable_is_stored(codes: RecoveryCodes, desk: Desk, person: uuid.UUID) -> None:
    """AC-075: the table holds salted, keyed digests; two sets of one code would look different."""
    made = codes.make(person)
    rows = desk.session.scalars(select(RecoveryCodeRow)).all()
    plain = {code.replace("-", "") for code in made} | set(made)
    assert not [row for row in rows for code in plain if code.encode() in row.digest + row.salt]
    assert len({row.salt for row in rows}) == 1
    first = {row.digest for row in rows}
    codes.make(person)
    again = desk.session.scalars(select(RecoveryCodeRow)).all()
    assert {row.salt for row in rows}.isdisjoint({row.salt for row in again}) or first.isdisjoint(
        {row.digest for row in again}
    )


def test_what_is_audited(codes: RecoveryCodes, desk: Desk, person: uuid.UUID) -> None:
    """Making and using codes is audited, by number and never by code."""
    made = codes.make(person)
    codes.spend(person, made[0])
    rows = desk.session.execute(text("select event, body::text from audit_event")).all()
    written = sorted((row.event, row.body) for row in rows if "recovery" in row.event + row.body)
    assert written == [
        ("authenticator.bound", '{"factor": "recovery_code"}'),
        ("recovery_code.spent", '{"left": 9}'),
    ]


def test_fifty_at_once_spend_a_code_once(own_database: Engine, shared: Shared) -> None:
    """AC-074: the same code in fifty parallel requests has one success, and its row is gone."""
    with Session(own_database) as session:
        desk = Desk(shared, session)
        person = desk.person("testa")
        code = codes_over(shared, desk).make(person)[0]
        session.commit()
    begin = threading.Barrier(10)

    def attempt(number: int) -> Refusal | None:
        if number < 10:
            begin.wait(10)
        with Session(own_database) as own:
            answer = codes_over(shared, Desk(shared, own)).spend(person, code)
            own.commit()
            return answer

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert answers.count(None) == 1
    assert answers.count(WRONG) == 49
    with Session(own_database) as session:
        assert codes_over(shared, Desk(shared, session)).left(person) == COUNT - 1


def test_sets_made_at_once(own_database: Engine, shared: Shared) -> None:
    """However many sets are made at the same moment, one is good afterwards."""
    with Session(own_database) as session:
        person = Desk(shared, session).person("testa")
        session.commit()
    begin = threading.Barrier(5)

    def make(_: int) -> list[str]:
        begin.wait(10)
        with Session(own_database) as own:
            made = codes_over(shared, Desk(shared, own)).make(person)
            own.commit()
            return made

    with ThreadPoolExecutor(5) as pool:
        sets = list(pool.map(make, range(5)))
    with Session(own_database) as session:
        codes = codes_over(shared, Desk(shared, session))
        assert codes.left(person) == COUNT
        assert [codes.spend(person, made[0]) for made in sets].count(None) == 1
