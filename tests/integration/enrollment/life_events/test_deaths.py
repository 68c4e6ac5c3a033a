"""Deaths: two registrars, what ends with one, and what comes back where it was none."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from enrollment.cases import Kind as CaseKind
from enrollment.cases import Reason, Section, Task
from enrollment.cases import State as CaseState
from enrollment.cases.errands import RECORD
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent
from enrollment.register import Status
from idp.subscribers import State as AccountState
from tests.factories.life import Village

pytestmark = pytest.mark.integration


def about(outcome: object) -> tuple[Code, str]:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, outcome.about


def status(village: Village, person_id: uuid.UUID) -> Status:
    """Where a record is."""
    person = village.register.get(person_id)
    assert person is not None
    return person.status


def test_a_death_ends_what_was_the_persons(village: Village) -> None:
    """Record, number, account, sessions; the services that had a consent hear of it; nobody else gets the number."""
    person, account = village.settled(consent=True)
    number = village.identifiers.nin_of(person)
    assert number is not None
    event = village.died(person)
    assert event.kind is Kind.DEATH
    assert {event.asked_by, event.decided_by} == {village.first.subscriber_id, village.second.subscriber_id}
    assert status(village, person) is Status.DECEASED
    found = village.identifiers.find(number)
    assert not isinstance(found, Refusal)
    assert (found.person_id, found.active) == (person, False)
    assert village.account(account) is AccountState.DECEASED
    assert village.sessions.ended == [(account, "subscriber_deceased")]
    assert [change for change, _, _ in village.told()] == ["deceased"]
    assert village.events("life.") == ["life.done"]


def test_the_report_ends_with_the_record(village: Village) -> None:
    """It is asked of a worker, who bears being asked twice; the case is issued, and no number is."""
    person, _ = village.settled()
    aid = village.reported(person)
    jobs = text("select count(*) from procrastinate_jobs where task_name = :name")
    assert village.session.scalar(jobs, {"name": RECORD})
    assert isinstance(village.life.deaths.record(aid), LifeEvent)
    assert village.life.deaths.record(aid) is None
    assert village.counter.case(aid).state is CaseState.ISSUED


def test_a_death_of_nobody_is_held(village: Village) -> None:
    """Reported twice, or of somebody who is in no register: kept for a person to look at, and nothing is written."""
    person, _ = village.settled()
    first, second = village.reported(person), village.reported(person)
    assert isinstance(village.life.deaths.record(first), LifeEvent)
    assert about(village.life.deaths.record(second)) == (Code.ENR_STATE, "status")
    assert village.counter.case(second).state is CaseState.HELD
    moved = village.counter.lifecycle.cancel(village.counter.order(village.first, second), Reason.MISTAKE)
    assert not isinstance(moved, Refusal)
    assert len(village.life.events.of_person(person)) == 1


def test_a_report_needs_its_civil_reference(village: Village) -> None:
    """A certificate without the number under which the civil register has it is not signed."""
    person, _ = village.settled()
    counter = village.counter
    opened = counter.lifecycle.open(village.first, CaseKind.DEATH, counter.key(), person_id=person)
    assert not isinstance(opened, Refusal)
    counter.sections.save_field(
        village.first, opened.aid, Section.DOCUMENTS, "document_1", {"type": "death_certificate"}
    )
    counter.record(opened.aid, village.first, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
    signed = counter.lifecycle.sign(counter.order(village.first, opened.aid))
    assert about(signed) == (Code.ENR_GUARD, "documents")


@pytest.mark.parametrize("suspended", [False, True])
def test_a_death_that_was_none_is_taken_back(village: Village, suspended: bool) -> None:
    """Within ninety days, by two: record, number and account are what they were, suspended ones suspended."""
    person, account = village.settled(consent=True)
    if suspended:
        assert village.life.statuses.move(person, Status.SUSPENDED, "test") is Status.ACTIVE
    before = village.numbers()
    village.died(person)
    village.clock.advance(days=89)
    asked = village.ask(Kind.DEATH_UNDONE, person)
    assert isinstance(asked, LifeEvent)
    assert about(village.decide(asked, by=village.first)) == (Code.ENR_FOUREYES, "asked")
    assert isinstance(village.decide(asked), LifeEvent)
    assert status(village, person) is (Status.SUSPENDED if suspended else Status.ACTIVE)
    assert village.numbers() == before
    assert village.account(account) is AccountState.ACTIVE
    assert [change for change, _, _ in village.told()] == ["deceased", "restored"]
    assert {one.state.value for one in village.life.events.of_person(person)} == {"done", "undone"}
    assert about(village.ask(Kind.DEATH_UNDONE, person)) == (Code.ENR_STATE, "undoes")


def test_after_ninety_days_a_death_stands(village: Village) -> None:
    """Also where it was asked for in time and is decided too late."""
    person, _ = village.settled()
    village.died(person)
    village.clock.advance(days=89)
    asked = village.ask(Kind.DEATH_UNDONE, person)
    village.clock.advance(days=1)
    assert about(village.decide(asked)) == (Code.ENR_EXPIRED, "undo")
    assert isinstance(village.decide(asked, agreed=False), LifeEvent)
    assert about(village.ask(Kind.DEATH_UNDONE, person)) == (Code.ENR_EXPIRED, "undo")
    assert status(village, person) is Status.DECEASED


def test_the_living_are_not_brought_back(village: Village) -> None:
    """An event out of order: nobody died."""
    person, _ = village.settled()
    assert about(village.ask(Kind.DEATH_UNDONE, person)) == (Code.ENR_STATE, "undoes")


def test_the_living_leave_the_record_of_the_dead(village: Village) -> None:
    """Two were merged, one died, the other came: they are split, and whoever lives signs in again."""
    dead, _ = village.settled()
    alive, account = village.settled(given_names="Other")
    number = village.identifiers.nin_of(alive)
    assert number is not None
    village.done(Kind.MERGE, dead, alive)
    village.died(dead)
    assert village.account(account) is AccountState.DECEASED
    village.done(Kind.SPLIT, dead, alive)
    assert (status(village, dead), status(village, alive)) == (Status.DECEASED, Status.ACTIVE)
    assert village.account(account) is AccountState.ACTIVE
    found = village.identifiers.find(number)
    assert not isinstance(found, Refusal)
    assert found.active
    village.died(alive)
    village.done(Kind.DEATH_UNDONE, dead)
    assert village.account(account) is AccountState.DECEASED


def test_an_appeal_for_a_death_goes_back_to_the_registrars(village: Village) -> None:
    """A rejected report that people find to be right is taken up again, under its number."""
    person, _ = village.settled()
    counter = village.counter
    opened = counter.lifecycle.open(village.first, CaseKind.DEATH, counter.key(), person_id=person)
    assert not isinstance(opened, Refusal)
    aid = opened.aid
    paper = {"type": "death_certificate", "number": "CR 12/30"}
    counter.sections.save_field(village.first, aid, Section.DOCUMENTS, "document_1", paper)
    counter.record(aid, village.first, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
    steps: tuple[Callable[[], object], ...] = (
        lambda: counter.lifecycle.sign(counter.order(village.first, aid)),
        lambda: counter.lifecycle.take_up(counter.order(village.second, aid)),
        lambda: counter.lifecycle.reject(counter.order(village.second, aid), Reason.EVIDENCE),
        lambda: counter.lifecycle.appeal(counter.order(village.first, aid), Reason.DISAGREES),
        lambda: counter.lifecycle.reopen(counter.order(Task("appeal"), aid)),
        lambda: counter.lifecycle.grant(counter.order(counter.adjudicator, aid)),
        lambda: counter.lifecycle.resume(counter.order(village.first, aid)),
    )
    for step in steps:
        moved = step()
        assert not isinstance(moved, Refusal), moved
    assert counter.case(aid).state is CaseState.CAPTURING
    assert village.session.scalar(select(ApplicationRow.version).where(ApplicationRow.aid == aid)) == len(steps) + 1
