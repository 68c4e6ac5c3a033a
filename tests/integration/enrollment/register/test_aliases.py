import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from enrollment.errors import Code
from enrollment.register import Alias, AliasKind, Identified, IdentifierType, shown
from enrollment.register.aliases import MAX_ACTIVE
from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.register.verhoeff import is_valid
from tests.factories.register import Office, code_of, raced

pytestmark = pytest.mark.integration


@pytest.fixture
def office(session: Session) -> Office:
    """Rooms over a transaction that is rolled back."""
    return Office(session)


def an_alias(office: Office, person_id: uuid.UUID, kind: AliasKind = AliasKind.PERPETUAL, **options: Any) -> Alias:
    """An alias that is not refused."""
    made = office.aliases.make(person_id, kind, **options)
    assert isinstance(made, Alias), made
    return made


@pytest.mark.parametrize("kind", list(AliasKind))
def test_an_alias_stands_for_its_person(office: Office, kind: AliasKind) -> None:
    """Sixteen digits that are not the number, and lead to the person as the number does."""
    person_id, nin = office.numbered()
    alias = an_alias(office, person_id, kind)
    assert len(alias.number) == 16
    assert is_valid(alias.number)
    assert nin not in alias.number
    assert office.aliases.listing(person_id) == [alias]
    assert office.aliases.use(shown(alias.number)) == Identified(person_id, IdentifierType.ALIAS, active=True)
    assert office.events("number.alias") == ["number.alias_made", "number.alias_used"]


def test_one_use_is_one_use(office: Office) -> None:
    """A one-time alias is worthless after its use, the others are not."""
    person_id = office.person()
    once, ever = an_alias(office, person_id, AliasKind.ONCE), an_alias(office, person_id)
    for alias, again in ((once, Code.NIN_UNKNOWN), (ever, None)):
        assert code_of(office.aliases.use(alias.number)) is None
        assert code_of(office.aliases.use(alias.number)) is again
    assert office.aliases.listing(person_id) == [ever]


def test_of_fifty_users_one_gets_a_one_time_alias(own_database: Engine) -> None:
    """Used fifty times at once, it identifies once."""
    with Session(own_database) as session:
        office = Office(session)
        alias = an_alias(office, office.person(), AliasKind.ONCE)
        session.commit()
    outcomes = raced(own_database, office, lambda own: own.aliases.use(alias.number))
    assert sorted(str(code_of(outcome)) for outcome in outcomes) == ["NIN-UNKNOWN"] * 49 + ["None"]


def test_an_alias_ends_at_its_moment(office: Office) -> None:
    """Seven days, or as many as were asked for; checked when it is used, whoever cleans up or not (AC-134)."""
    person_id = office.person()
    week, longer = an_alias(office, person_id, AliasKind.TEMPORARY), an_alias(office, person_id, AliasKind.ONCE, days=8)
    office.clock.advance(days=7)
    assert code_of(office.aliases.use(week.number)) is Code.NIN_UNKNOWN
    assert office.aliases.listing(person_id) == [longer]
    assert code_of(office.aliases.revoke(person_id, week.id)) is Code.ENR_STATE


def test_an_alias_is_taken_back_by_its_owner(office: Office) -> None:
    """For ever, and by nobody else: a foreign alias is as unknown as one that never was (AC-090)."""
    person_id = office.person()
    alias = an_alias(office, person_id)
    for owner, which in ((office.person(), alias.id), (person_id, uuid.uuid4())):
        assert code_of(office.aliases.revoke(owner, which)) is Code.ENR_UNKNOWN
    assert office.aliases.revoke(person_id, alias.id) is None
    assert code_of(office.aliases.use(alias.number)) is Code.NIN_UNKNOWN
    assert code_of(office.aliases.revoke(person_id, alias.id)) is Code.ENR_STATE
    assert office.events("number.alias_revoked") == ["number.alias_revoked"]


def test_an_ended_alias_is_never_given_again(office: Office) -> None:
    """Its row and blind index stay, so that no later owner can be taken for an earlier one (AC-086)."""
    person_id = office.person()
    alias = an_alias(office, person_id)
    office.aliases.revoke(person_id, alias.id)
    assert office.session.scalar(select(IdentifierRow.status).where(IdentifierRow.id == alias.id)) == "revoked"


def test_aliases_have_limits(office: Office) -> None:
    """Ten at a time; days from 1 to 90; only for an active person."""
    person_id = office.person()
    for days in (0, 91):
        assert code_of(office.aliases.make(person_id, AliasKind.TEMPORARY, days=days)) is Code.ENR_SCHEMA
    made = [an_alias(office, person_id) for _ in range(MAX_ACTIVE)]
    assert code_of(office.aliases.make(person_id, AliasKind.ONCE)) is Code.ENR_GUARD
    office.aliases.revoke(person_id, made[0].id)
    assert code_of(office.aliases.make(person_id, AliasKind.ONCE)) is None
    assert code_of(office.aliases.make(uuid.uuid4(), AliasKind.ONCE)) is Code.ENR_UNKNOWN
    office.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(status="suspended"))
    assert code_of(office.aliases.make(person_id, AliasKind.ONCE)) is Code.ENR_STATE


def test_a_number_is_no_alias(office: Office) -> None:
    """Neither opens the other's door."""
    person_id, nin = office.numbered()
    alias = an_alias(office, person_id)
    assert code_of(office.aliases.use(nin)) is Code.NIN_CHECK
    assert code_of(office.identifiers.find(alias.number)) is Code.NIN_UNKNOWN
