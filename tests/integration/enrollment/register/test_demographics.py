import uuid
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from enrollment.register import DemographicPolicy, Demographics
from enrollment.register.demographics import birth_score
from enrollment.register.models import NameKeyRow, PersonRow
from idp.keys.models import PersonKeyRow
from tests.factories.register import Office, facts

pytestmark = pytest.mark.integration


@pytest.fixture
def office(session: Session) -> Office:
    """Rooms over a transaction that is rolled back."""
    return Office(session)


def found(office: Office, **applicant: Any) -> list[uuid.UUID]:
    """Who may be the applicant."""
    return [candidate.person_id for candidate in office.demographics.candidates(facts(**applicant)).found]


@pytest.mark.parametrize(
    "applicant",
    [
        {},
        {"family_name": "Testa", "given_names": "Sampleton Binta"},
        {"family_name": "SAMPLETONN"},
        {"family_name": "Sampeltno", "given_names": "Testa B."},
        {"given_names": "Testa"},
        {"birth_date": "1991-02-28"},
    ],
)
def test_the_same_person_is_found(office: Office, applicant: dict[str, Any]) -> None:
    """In another order, with a slip, a year later, with an initial or without the second name."""
    person_id = office.person()
    assert found(office, **applicant) == [person_id]


@pytest.mark.parametrize(
    "applicant",
    [
        {"birth_date": "1990"},
        {"birth_date": "1990-01-01"},
        {"birth_date": "1990-02-27"},
        {"birth_date": "1993", "birth_precision": "declared"},
    ],
)
def test_less_than_a_day_is_a_matter_of_policy(office: Office, applicant: dict[str, Any]) -> None:
    """Where the days differ or are not known, a name and a year raise a case only where the review score says so."""
    person_id = office.person()
    assert found(office, **applicant) == []
    wider = Demographics(office.session, office.keys, office.register, DemographicPolicy(review=0.6))
    assert [one.person_id for one in wider.candidates(facts(**applicant)).found] == [person_id]


@pytest.mark.parametrize(
    "applicant",
    [
        {"sex": "male"},
        {"birth_date": "1992-02-28"},
        {"birth_date": "1990-11-15"},
        {"family_name": "Otherwise"},
        {"given_names": "Monday Zz"},
        {"given_names": None},
    ],
)
def test_others_are_not(office: Office, applicant: dict[str, Any]) -> None:
    """Another sex, another day of another month, years apart, or one name in common."""
    office.person()
    assert found(office, **applicant) == []


def test_the_likeliest_come_first(office: Office) -> None:
    """The same name and day before a variant, and that before another year; the applicant's own record is left out."""
    year = office.person(birth_date="1991-02-28")
    same = office.person()
    variant = office.person(family_name="Samplton")
    own = office.person()
    outcome = office.demographics.candidates(facts(), but=own)
    assert [candidate.person_id for candidate in outcome.found] == [same, variant, year]
    assert outcome.complete


def test_an_earlier_name_is_found(office: Office) -> None:
    """Who took another name is still looked for under the old one, and judged by what is recorded now."""
    person_id = office.person()
    assert office.register.amend(person_id, 1, facts(family_name="Marriedname")) == 2
    assert found(office, family_name="Marriedname") == [person_id]
    digests = office.session.scalar(select(NameKeyRow.digests).where(NameKeyRow.person_id == person_id))
    assert digests is not None
    assert set(digests) > set(_digests_alone(office))


def _digests_alone(office: Office) -> list[int]:
    other = office.person(family_name="Marriedname")
    digests = office.session.scalar(select(NameKeyRow.digests).where(NameKeyRow.person_id == other))
    assert digests is not None
    return digests


def test_the_dead_are_found_and_the_erased_are_not(office: Office) -> None:
    """Nobody takes a dead person's place unseen; of an erased person nothing is left to compare (AC-121)."""
    dead, erased = office.person(), office.person()
    office.session.execute(update(PersonRow).where(PersonRow.id == dead).values(status="deceased"))
    person = office.register.get(erased)
    assert person is not None
    office.session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == person.subject_key_id))
    assert found(office) == [dead]


def test_a_cut_is_told(office: Office) -> None:
    """Where more are found than are looked at or named, the answer says so."""
    for _ in range(4):
        office.person()
    for policy in (DemographicPolicy(opened=3), DemographicPolicy(listed=3)):
        cut = Demographics(office.session, office.keys, office.register, policy).candidates(facts())
        assert (len(cut.found), cut.complete) == (3, False)
    assert office.demographics.candidates(facts()).complete


def test_a_name_that_cannot_be_looked_for_finds_nobody(office: Office) -> None:
    """Initials alone, or one letter, are no name to search by."""
    office.person(family_name="M", given_names="F.")
    assert found(office, family_name="M", given_names="F.") == []


def test_births_are_compared_without_direction() -> None:
    """Whoever is compared with whom, the score is the same, and a slip counts less than another day."""
    births = [facts(birth_date=text).birth for text in ("1990", "1990-02", "1990-02-28", "1990-02-27", "1991-05-09")]
    births.append(facts(birth_date="1990-09-05").birth)
    births.append(facts(birth_date="1990-05-09").birth)
    for left in births:
        for right in births:
            assert birth_score(left, right) == birth_score(right, left)
            assert 0 < birth_score(left, right) <= 1
    same, slip, other = (
        birth_score(births[2], births[2]),
        birth_score(births[2], births[3]),
        birth_score(births[2], births[5]),
    )
    assert same == 1.0
    assert same > slip > other
