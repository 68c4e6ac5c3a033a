"""Merges and splits: two registrars, everything comes back, and nothing is merged that could not be split."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from enrollment.cases import Kind as CaseKind
from enrollment.centres.actors import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent, State, absorbed
from enrollment.life_events.events import Ground
from enrollment.life_events.models import LifeEventRow
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.audit.models import AuditRow
from idp.subscribers.subject import Subjects
from tests.factories.cases import staff
from tests.factories.life import Village
from tests.factories.register import code_of, facts

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


def test_two_records_become_one_and_two_again(village: Village) -> None:
    """Number, account, gallery entries move, both histories stay, and a split puts back exactly what moved."""
    kept, staying = village.settled()
    closed, moving = village.settled(given_names="Testa B.")
    before = village.numbers()
    number = village.identifiers.nin_of(closed)
    assert number is not None
    village.done(Kind.MERGE, kept, closed)
    person = village.register.get(closed)
    assert person is not None
    assert (person.status, person.merged_into) == (Status.MERGED, kept)
    assert village.accounts.of_person(kept) == sorted([staying, moving], key=village.accounts.of_person(kept).index)
    assert (village.searched(kept), village.searched(closed)) == (2, 0)
    found = village.identifiers.find(number)
    assert not isinstance(found, Refusal)
    assert not found.active
    assert village.numbers().keys() == before.keys()
    assert [len(village.register.history(one)) for one in (kept, closed)] == [1, 1]
    assert absorbed(village.session, kept) == [closed]
    village.done(Kind.SPLIT, kept, closed)
    assert (status(village, kept), status(village, closed)) == (Status.ACTIVE, Status.ACTIVE)
    assert village.numbers() == before
    assert (village.accounts.of_person(kept), village.accounts.of_person(closed)) == ([staying], [moving])
    assert (village.searched(kept), village.searched(closed)) == (1, 1)
    rows = village.session.scalars(select(LifeEventRow.state).order_by(LifeEventRow.asked_at, LifeEventRow.kind))
    assert sorted(rows) == ["done", "undone"]


def test_what_came_in_between_stays_with_the_record_that_went_on(village: Village) -> None:
    """A change that was recorded while they were one is of the record it was recorded in."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    village.done(Kind.MERGE, kept, closed)
    version = village.register.current(kept)
    assert version is not None
    assert village.register.amend(kept, 1, version.facts) == 2
    village.done(Kind.SPLIT, kept, closed)
    assert [len(village.register.history(one)) for one in (kept, closed)] == [2, 1]
    assert (village.currents(kept), village.currents(closed)) == (1, 1)


def test_one_registrar_alone_merges_nobody(village: Village) -> None:
    """Four eyes: who asked does not decide; who is no registrar does neither; nobody touches their own record."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    asked = village.ask(Kind.MERGE, kept, closed)
    assert isinstance(asked, LifeEvent)
    assert about(village.decide(asked, by=village.first)) == (Code.ENR_FOUREYES, "asked")
    officer = staff(Role.OFFICER)
    assert code_of(village.decide(asked, by=officer)) is Code.ENR_ROLE
    assert code_of(village.ask(Kind.MERGE, kept, closed, by=officer)) is Code.ENR_ROLE
    village.kin.of.add((village.second.subscriber_id, closed))
    assert code_of(village.decide(asked)) is Code.ENR_OWN
    assert code_of(village.ask(Kind.MERGE, kept, closed, by=village.second)) is Code.ENR_OWN
    assert code_of(village.life.events.find(village.second, asked.id)) is Code.ENR_OWN
    assert status(village, closed) is Status.ACTIVE
    refused = village.session.scalars(select(AuditRow.body).where(AuditRow.event == "life.refused")).all()
    assert [row["code"] for row in refused].count("ENR-OWN") == 3


def test_a_factor_of_long_ago_decides_nothing(village: Village) -> None:
    """Both prove to be themselves anew (AC-096)."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    late = village.clock.now() - dt.timedelta(minutes=6)
    assert about(village.ask(Kind.MERGE, kept, closed, at=late)) == (Code.ENR_GUARD, "fresh_factor")
    asked = village.ask(Kind.MERGE, kept, closed)
    outcome = village.life.events.decide(village.second, asked.id, late, agreed=True)
    assert about(outcome) == (Code.ENR_GUARD, "fresh_factor")


@pytest.mark.parametrize("state", ["suspended", "deceased", "erased"])
@pytest.mark.parametrize("which", [0, 1])
def test_only_good_records_are_merged(village: Village, state: str, which: int) -> None:
    """Nobody who is suspended, dead or erased, on either side."""
    people = [village.settled()[0], village.settled(given_names="Other")[0]]
    village.session.execute(update(PersonRow).where(PersonRow.id == people[which]).values(status=state))
    assert about(village.ask(Kind.MERGE, *people)) == (Code.ENR_STATE, "status")


def test_nobody_is_merged_with_themself(village: Village) -> None:
    """Nor twice, nor with nobody, nor for a reason that is none."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    assert about(village.ask(Kind.MERGE, kept, kept)) == (Code.ENR_GUARD, "itself")
    assert about(village.ask(Kind.MERGE, kept)) == (Code.ENR_GUARD, "itself")
    assert about(village.ask(Kind.MERGE, kept, uuid.uuid4())) == (Code.ENR_UNKNOWN, "person")
    assert about(village.ask(Kind.MERGE, kept, closed, ground=Ground.PERSON_CAME)) == (Code.ENR_SCHEMA, "ground")
    assert about(village.ask(Kind.DEATH, kept)) == (Code.ENR_SCHEMA, "ground")
    village.done(Kind.MERGE, kept, closed)
    assert about(village.ask(Kind.MERGE, kept, closed)) == (Code.ENR_STATE, "status")


def test_merges_are_taken_back_in_their_order(village: Village) -> None:
    """C into B, B into A: A and B are split before B and C; everything is as it was then."""
    people = [village.settled(given_names=name)[0] for name in ("Aminata", "Binta", "Christiana")]
    a, b, c = people
    before = village.numbers()
    village.done(Kind.MERGE, b, c)
    village.done(Kind.MERGE, a, b)
    assert sorted(absorbed(village.session, a)) == sorted([b, c])
    assert about(village.ask(Kind.SPLIT, b, c)) == (Code.ENR_STATE, "status")
    assert about(village.ask(Kind.SPLIT, a, c)) == (Code.ENR_STATE, "undoes")
    village.done(Kind.SPLIT, a, b)
    village.done(Kind.SPLIT, b, c)
    assert village.numbers() == before
    assert [village.searched(one) for one in people] == [1, 1, 1]
    assert about(village.ask(Kind.SPLIT, a, b)) == (Code.ENR_STATE, "undoes")


def test_an_application_under_way_keeps_records_apart(village: Village) -> None:
    """What it records would go into a record that is another by then."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    counter = village.counter
    opened = counter.lifecycle.open(counter.officer, CaseKind.UPDATE, counter.key(), person_id=closed)
    assert not isinstance(opened, Refusal)
    assert about(village.ask(Kind.MERGE, kept, closed)) == (Code.ENR_GUARD, "case")


def test_what_changed_since_it_was_asked_for_is_seen(village: Village) -> None:
    """Agreed to too late, nothing happens, half of nothing neither; it can be refused then."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    asked = village.ask(Kind.MERGE, kept, closed)
    village.session.execute(update(PersonRow).where(PersonRow.id == kept).values(status="suspended"))
    assert about(village.decide(asked)) == (Code.ENR_STATE, "status")
    assert village.searched(closed) == 1
    refused = village.decide(asked, agreed=False)
    assert refused.state is State.REFUSED
    assert village.decide(asked, agreed=False).state is State.REFUSED
    assert about(village.decide(asked)) == (Code.ENR_STATE, "state")


def test_asked_again_and_taken_back(village: Village) -> None:
    """A second press asks for nothing new; another registrar hears that it is asked for; who asked may take it back."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    asked = village.ask(Kind.MERGE, kept, closed)
    assert village.ask(Kind.MERGE, kept, closed).id == asked.id
    assert about(village.ask(Kind.MERGE, kept, closed, by=village.second)) == (Code.ENR_EXISTS, "asked")
    assert [one.id for one in village.life.events.waiting(village.second)] == [asked.id]
    assert village.life.events.waiting(staff(Role.SUPERVISOR)) == []
    assert code_of(village.life.events.withdraw(village.second, asked.id)) is Code.ENR_UNKNOWN
    withdrawn = village.life.events.withdraw(village.first, asked.id)
    assert getattr(withdrawn, "state", None) is State.WITHDRAWN
    assert about(village.decide(asked)) == (Code.ENR_STATE, "state")
    assert village.life.events.waiting(village.second) == []


def test_a_service_that_knows_both_keeps_both_names(village: Village) -> None:
    """Each account keeps its `sub`; a service with a consent of each hears which two are one."""
    kept, staying = village.settled(consent=True)
    closed, moving = village.settled(consent=True, given_names="Other")
    subjects = Subjects(village.keys)
    names = {one: subjects.for_client(one, village.service) for one in (staying, moving)}
    village.done(Kind.MERGE, kept, closed)
    told = village.told()
    assert ("merged", names[staying], names[moving]) in told
    assert {subject for change, subject, _ in told if change == "merged"} == set(names.values())
    seen = village.session.execute(
        select(AuditRow.subscriber_id, AuditRow.event).where(AuditRow.event.in_(["life.done", "service.told"]))
    )
    assert {(row.subscriber_id, row.event) for row in seen} >= {
        (staying, "life.done"), (moving, "life.done"), (staying, "service.told"), (moving, "service.told"),
    }  # fmt: skip
    assert {subjects.for_client(one, village.service) for one in village.accounts.of_person(kept)} == set(
        names.values()
    )


def test_who_is_found_under_a_closed_name_is_the_one_who_goes_on(village: Village) -> None:
    """The former name still finds the person, once, and never the person themself."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Zainab", family_name="Otherwise")
    asked = facts(given_names="Zainab", family_name="Otherwise")
    assert [one.person_id for one in village.demographics.candidates(asked).found] == [closed]
    village.done(Kind.MERGE, kept, closed)
    assert [one.person_id for one in village.demographics.candidates(asked).found] == [kept]
    assert village.demographics.candidates(asked, but=kept).found == ()
