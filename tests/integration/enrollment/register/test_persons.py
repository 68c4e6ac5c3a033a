import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from enrollment.errors import Code, Refusal
from enrollment.register import Status
from enrollment.register.models import PersonRow, PersonVersionRow
from idp.audit.models import AuditRow
from idp.keys.models import PersonKeyRow
from idp.keys.sealing import SealBrokenError
from tests.factories.register import Office, code_of, facts, raced

pytestmark = pytest.mark.integration


@pytest.fixture
def office(session: Session) -> Office:
    """Rooms over a transaction that is rolled back."""
    return Office(session)


def test_a_person_is_what_was_recorded(office: Office) -> None:
    """The first version holds now, and says what the case said."""
    person_id = office.person()
    held = office.register.current(person_id)
    assert held is not None
    assert (held.n, held.facts, held.valid_until) == (1, facts(), None)
    person = office.register.get(person_id)
    assert person is not None
    assert (person.status, person.ial, person.merged_into) == (Status.ACTIVE, 3, None)


def test_an_earlier_version_stays(office: Office) -> None:
    """Other facts become a version of their own; the history keeps what was, and when; the change is audited."""
    person_id = office.person()
    office.clock.advance(days=1)
    assert office.register.amend(person_id, 1, facts(family_name="Othername"), aid="CASE2", actor="registrar") == 2
    first, second = office.register.history(person_id)
    assert (first.facts.family_name, second.facts.family_name) == ("Sampleton", "Othername")
    assert first.valid_until == second.valid_from
    assert (second.aid, second.valid_until) == ("CASE2", None)
    assert office.register.current(person_id) == second
    [body] = office.session.scalars(select(AuditRow.body).where(AuditRow.event == "person.changed"))
    assert body == {"person": str(person_id), "version": 2, "case": "CASE2"}


def test_nobody_changes_what_is_no_longer_there(office: Office) -> None:
    """Whoever looked at another version, or at nobody, is told so, and nothing changes."""
    person_id = office.person()
    assert office.register.amend(person_id, 1, facts(sex="male")) == 2
    assert code_of(office.register.amend(person_id, 1, facts(sex="unspecified"))) is Code.ENR_STATE
    assert code_of(office.register.amend(uuid.uuid4(), 1, facts())) is Code.ENR_UNKNOWN
    assert len(office.register.history(person_id)) == 2


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_a_record_that_is_over_is_not_changed(office: Office, status: str) -> None:
    """A merged or erased person gets no new version."""
    person_id, other = office.person(), office.person()
    values: dict[str, Any] = {"status": status, "merged_into": other if status == "merged" else None}
    office.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**values))
    assert code_of(office.register.amend(person_id, 1, facts())) is Code.ENR_STATE


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expected=st.lists(st.integers(1, 6), max_size=8))
def test_exactly_one_version_holds(session: Session, expected: list[int]) -> None:
    """Whatever changes are tried, one version holds, no number is skipped, and none is lost."""
    office = Office(session)
    person_id = office.person()
    for n in expected:
        office.register.amend(person_id, n, facts(given_names="Testa" + "a" * n))
    history = office.register.history(person_id)
    assert [version.n for version in history] == list(range(1, len(history) + 1))
    assert [version.valid_until is None for version in history] == [False] * (len(history) - 1) + [True]


def test_one_of_fifty_changes_holds(own_database: Engine) -> None:
    """Fifty who change one version at once: one does, the others are told."""
    with Session(own_database) as session:
        office = Office(session)
        person_id = office.person()
        session.commit()
        outcomes = raced(own_database, office, lambda own: own.register.amend(person_id, 1, facts(sex="male")))
        assert [outcome for outcome in outcomes if not isinstance(outcome, Refusal)] == [2]
        assert {code_of(outcome) for outcome in outcomes} == {None, Code.ENR_STATE}
        counted = select(func.count()).where(PersonVersionRow.valid_until.is_(None))
        assert session.scalar(counted) == 1


def test_nothing_readable_is_stored(office: Office) -> None:
    """Names and dates are in no column of the version, nor of the name keys."""
    person_id = office.person(family_name="Plantedname")
    row = office.session.execute(select(PersonVersionRow.__table__)).one()
    assert b"Plantedname" not in repr(tuple(row)).encode()
    assert row.sealed is not None
    assert b"lanted" not in row.sealed
    assert row.person_id == person_id


def test_a_swapped_version_is_an_alarm(office: Office) -> None:
    """One person's content in another's row, or an old version's in the new one's, does not open."""
    person_id, other = office.person(), office.person(family_name="Othername")
    office.register.amend(person_id, 1, facts(sex="male"))
    sealed = {(row.person_id, row.n): row.sealed for row in office.session.scalars(select(PersonVersionRow)).all()}
    for taken in (sealed[person_id, 1], sealed[other, 1], (sealed[person_id, 2] or b"")[:-1]):
        here = update(PersonVersionRow).where(PersonVersionRow.person_id == person_id, PersonVersionRow.n == 2)
        office.session.execute(here.values(sealed=taken))
        with pytest.raises(SealBrokenError):
            office.register.current(person_id)


def test_without_the_key_nothing_is_left(office: Office) -> None:
    """Once the person's key is destroyed the record is as good as gone, and nothing fails over it (AC-121)."""
    person_id, _ = office.numbered()
    person = office.register.get(person_id)
    assert person is not None
    office.session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == person.subject_key_id))
    assert office.register.current(person_id) is None
    assert office.register.history(person_id) == []
    assert office.identifiers.nin_of(person_id) is None
