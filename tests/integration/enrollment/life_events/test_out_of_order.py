"""Events that do not fit the record as it is: refused, audited, and nothing of them half-done."""

import uuid

import pytest
from sqlalchemy import select, update

from enrollment.cases import Kind as CaseKind
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.audit.models import AuditRow
from tests.factories.life import Village

pytestmark = pytest.mark.integration


def left_as_it_is(village: Village, person_id: uuid.UUID, status: str) -> None:
    """Nothing of the record changed."""
    held = village.register.get(person_id)
    assert held is not None
    assert held.status == status


def put(village: Village, person_id: uuid.UUID, status: str, into: uuid.UUID | None = None) -> None:
    """A record is elsewhere by now."""
    moved = update(PersonRow).where(PersonRow.id == person_id).values(status=status, merged_into=into)
    village.session.execute(moved)


@pytest.mark.parametrize("status", ["deceased", "merged", "erased"])
def test_only_the_living_die(village: Village, status: str) -> None:
    """Two registrars agreed, and the record was another by then: the report is held, and nobody is told of a death."""
    person, account = village.settled(consent=True)
    aid, before = village.reported(person), village.numbers()
    put(village, person, status, village.settled()[0] if status == "merged" else None)
    assert village.life.deaths.record(aid) == Refusal(Code.ENR_STATE, "status")
    left_as_it_is(village, person, status)
    assert village.counter.case(aid).state == "held"
    assert {blind: held for blind, held in village.numbers().items() if blind in before} == before
    assert (village.account(account), village.told()) == ("active", [])


@pytest.mark.parametrize("status", ["active", "suspended", "merged", "erased"])
def test_only_the_dead_come_back(village: Village, status: str) -> None:
    """Whatever became of them since, and also where it was asked for before."""
    person, account = village.settled()
    village.died(person)
    asked = village.ask(Kind.DEATH_UNDONE, person)
    assert isinstance(asked, LifeEvent)
    put(village, person, status, village.settled()[0] if status == "merged" else None)
    assert village.decide(asked) == Refusal(Code.ENR_STATE, "status")
    assert village.decide(asked, agreed=False).state == "refused"
    assert village.ask(Kind.DEATH_UNDONE, person) == Refusal(Code.ENR_STATE, "status")
    left_as_it_is(village, person, status)
    assert village.account(account) == "deceased"


@pytest.mark.parametrize("status", ["suspended", "erased"])
def test_nobody_is_split_off_what_is_not_in_use(village: Village, status: str) -> None:
    """A suspended record is given back first; of an erased one nothing comes back."""
    kept, closed = village.settled()[0], village.settled(given_names="Other")[0]
    village.done(Kind.MERGE, kept, closed)
    before = village.numbers()
    put(village, kept, status)
    assert village.ask(Kind.SPLIT, kept, closed) == Refusal(Code.ENR_STATE, "status")
    left_as_it_is(village, closed, "merged")
    assert village.numbers() == before


def test_a_split_of_ones_own(village: Village) -> None:
    """Of a record off itself, of the one that was closed, of two that never were one: there is nothing to take back."""
    kept, closed = village.settled()[0], village.settled(given_names="Other")[0]
    nothing = Refusal(Code.ENR_STATE, "undoes")
    village.done(Kind.MERGE, kept, closed)
    assert village.ask(Kind.SPLIT, kept, kept) == nothing
    assert village.ask(Kind.SPLIT, closed, kept) == nothing
    assert village.ask(Kind.SPLIT, kept, village.settled()[0]) == nothing
    refused = village.session.scalars(select(AuditRow.body).where(AuditRow.event == "life.refused")).all()
    assert [row["about"] for row in refused] == ["undoes"] * 3


def test_a_death_is_not_asked_for_beside_its_report(village: Village) -> None:
    """A report needs its paper: there is no shorter way, and none about oneself."""
    person, account = village.settled()
    asked = village.ask(Kind.DEATH, person)
    assert asked == Refusal(Code.ENR_SCHEMA, "ground")
    own = village.registrar(account)
    mine = village.counter.lifecycle.open(own, CaseKind.DEATH, village.counter.key(), subscriber_id=account)
    assert mine == Refusal(Code.ENR_OWN)
    left_as_it_is(village, person, Status.ACTIVE)
