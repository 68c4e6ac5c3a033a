import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from enrollment.errors import Code
from enrollment.register import Identified, IdentifierType, shown
from enrollment.register.identifiers import Identifiers, blind_of
from enrollment.register.models import IdentifierRow
from enrollment.register.numbers import new_nin
from idp.clock import SystemClock
from idp.entropy import Entropy
from tests.factories.register import Office, code_of, raced

pytestmark = pytest.mark.integration


class FewNumbers(Entropy):
    """A random source of which all processes draw the same bodies of numbers, in turn."""

    def __init__(self, bodies: Iterator[int]) -> None:
        super().__init__(SystemClock())
        self._bodies = bodies

    def bytes(self, count: int) -> bytes:
        """The next body; nonces are as random as ever."""
        return next(self._bodies).to_bytes(8, "big") if count == 8 else super().bytes(count)


def narrow(office: Office, start: int = 0) -> Identifiers:
    """Numbers from a source that begins like every other."""
    bodies = iter(range(157_924_680 + start * 1000, 8_000_000_000, 1000))
    return Identifiers(office.session, office.keys, office.seals, office.clock, FewNumbers(bodies))


@pytest.fixture
def office(session: Session) -> Office:
    """Rooms over a transaction that is rolled back."""
    return Office(session)


def test_a_number_leads_to_its_person(office: Office) -> None:
    """However it is typed; and its owner can be shown it again."""
    person_id, nin = office.numbered()
    office.numbered(family_name="Othername")
    assert office.identifiers.find(f" {shown(nin)} ") == Identified(person_id, IdentifierType.NIN, active=True)
    assert office.identifiers.nin_of(person_id) == nin


def test_an_unknown_number_and_a_slip_are_told_apart(office: Office) -> None:
    """A wrong check digit says that it was mistyped, a right one that nobody has the number."""
    _, nin = office.numbered()
    wrong = nin[:-1] + str((int(nin[-1]) + 1) % 10)
    assert code_of(office.identifiers.find(wrong)) is Code.NIN_CHECK
    assert code_of(office.identifiers.find(new_nin(office.entropy))) is Code.NIN_UNKNOWN
    assert code_of(Office(office.session).identifiers.find(nin)) is Code.NIN_UNKNOWN


def test_a_taken_number_is_drawn_anew(office: Office) -> None:
    """Of two who draw the same number the second gets the next one."""
    numbers = narrow(office)
    again = narrow(office)
    first, second = office.person(), office.person()
    keys = {person.id: person.subject_key_id for person in map(office.register.get, (first, second)) if person}
    one = numbers.give_nins({first: keys[first]})[first]
    other = again.give_nins({second: keys[second]})[second]
    assert one != other
    assert office.identifiers.find(one) == Identified(first, IdentifierType.NIN, active=True)
    assert office.identifiers.find(other) == Identified(second, IdentifierType.NIN, active=True)


def test_nobody_gets_a_second_number(office: Office) -> None:
    """The database itself refuses another active number for one person."""
    person_id, _ = office.numbered()
    person = office.register.get(person_id)
    assert person is not None
    with pytest.raises(IntegrityError, match="ix_identifier_one_nin"):
        office.identifiers.give_nins({person_id: person.subject_key_id})


def test_fifty_who_draw_the_same_number_get_fifty(own_database: Engine) -> None:
    """Where five random sources each begin alike, each still gets a number of their own, and nobody fails."""
    with Session(own_database) as session:
        office = Office(session)
        waiting = [office.person() for _ in range(50)]
        keys = {person_id: person.subject_key_id for person_id in waiting if (person := office.register.get(person_id))}
        session.commit()

    def give(own: Office) -> str:
        person_id = waiting.pop()
        return narrow(own, len(waiting) % 10 * 100).give_nins({person_id: keys[person_id]})[person_id]

    given = raced(own_database, office, give)
    assert len(set(given)) == 50
    with Session(own_database) as session:
        assert session.scalar(select(func.count()).select_from(IdentifierRow)) == 50


def test_an_endless_repetition_is_a_fault(office: Office) -> None:
    """A random source that gives one number for ever ends in a failure and not in a loop."""

    class Stuck(FewNumbers):
        def __init__(self) -> None:
            super().__init__(iter(lambda: 157_924_680, None))

    stuck = Identifiers(office.session, office.keys, office.seals, office.clock, Stuck())
    people = [person for person in map(office.register.get, (office.person(), office.person())) if person]
    with pytest.raises(ValueError, match="random source"):
        stuck.give_nins({person.id: person.subject_key_id for person in people})


def test_an_old_number_is_kept(office: Office) -> None:
    """A number of an older register leads to its person; nobody else can have it."""
    person_id, _ = office.numbered()
    person = office.register.get(person_id)
    assert person is not None
    keep = office.identifiers.keep_legacy
    assert keep(person_id, person.subject_key_id, "old-1234567") is None
    assert office.identifiers.find("OLD 1234567") == Identified(person_id, IdentifierType.LEGACY, active=True)
    assert code_of(keep(office.person(), uuid.uuid4(), "OLD1234567")) is Code.ENR_EXISTS
    assert code_of(keep(person_id, person.subject_key_id, "1")) is Code.NIN_CHECK


def test_no_number_is_readable(office: Office) -> None:
    """Neither the number nor a hash that anybody can compute stands in the row."""
    _, nin = office.numbered()
    row = office.session.execute(select(IdentifierRow.__table__)).one()
    assert nin not in repr(tuple(row))
    assert row.blind != blind_of(Office(office.session).keys, IdentifierType.NIN, nin)
