"""Four eyes are two people who are both in office, whatever accounts they hold."""

import uuid

import pytest
from sqlalchemy import insert, select, update

from enrollment.cases import Kind as CaseKind
from enrollment.cases import Moved, Reason, Section
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal
from enrollment.issuance.models import IssuanceRow
from enrollment.life_events import Kind, LifeEvent, State
from idp.audit.models import AuditRow
from idp.subscribers.models import SubscriberRow
from tests.factories.life import Village
from tests.factories.register import an_aid

pytestmark = pytest.mark.integration


def about(outcome: object) -> tuple[Code, str]:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, outcome.about


def asked_for(village: Village, by: Actor | None = None) -> LifeEvent:
    """A merge of two whom nobody knows."""
    two = village.settled()[0], village.settled(given_names="Other")[0]
    asked = village.ask(Kind.MERGE, *two, by=by)
    assert isinstance(asked, LifeEvent), asked
    return asked


def two_accounts(village: Village) -> tuple[Actor, Actor, uuid.UUID, uuid.UUID]:
    """Two registrars who turn out to be one person: their records were merged."""
    one, first = village.settled(given_names="Kadiatu")
    other, second = village.settled(given_names="Kadie")
    pair = village.registrar(first), village.registrar(second)
    village.done(Kind.MERGE, one, other)
    return *pair, one, other


def test_one_person_with_two_accounts_is_one_pair_of_eyes(village: Village) -> None:
    """AC-096: neither agrees to nor declines what they asked for themself; another registrar does both."""
    first, second, _, _ = two_accounts(village)
    asked = asked_for(village, first)
    assert about(village.decide(asked, by=second)) == (Code.ENR_FOUREYES, "asked")
    assert about(village.decide(asked, by=second, agreed=False)) == (Code.ENR_FOUREYES, "asked")
    refused = village.session.scalars(select(AuditRow.body).where(AuditRow.event == "life.refused")).all()
    assert [row["code"] for row in refused] == ["ENR-FOUREYES"] * 2
    assert village.decide(asked).state is State.DONE


def test_who_asked_takes_it_back_by_either_account(village: Village) -> None:
    """It is the same person; a colleague cannot."""
    first, second, _, _ = two_accounts(village)
    asked = asked_for(village, first)
    assert [village.life.events.asked_by(one, asked) for one in (first, second, village.second)] == [True, True, False]
    assert village.life.events.withdraw(village.second, asked.id) == Refusal(Code.ENR_UNKNOWN)
    withdrawn = village.life.events.withdraw(second, asked.id)
    assert getattr(withdrawn, "state", None) is State.WITHDRAWN


def test_two_people_again_are_two_pairs_of_eyes(village: Village) -> None:
    """The merge of their records was wrong, and is taken back."""
    first, second, one, other = two_accounts(village)
    village.done(Kind.SPLIT, one, other)
    assert village.decide(asked_for(village, first), by=second).state is State.DONE


def test_an_account_that_an_application_merely_names_is_nobodys(village: Village) -> None:
    """It is not proven: so nobody is kept from deciding by a stranger's application."""
    person, account = village.settled(given_names="Kadiatu")
    named = village.registrar()
    assert village.accounts.link(named.subscriber_id, person) is None
    issued = {"aid": an_aid(), "person_id": person, "subscriber_id": named.subscriber_id}
    village.session.execute(insert(IssuanceRow).values(**issued, account="linked", issued_at=village.clock.now()))
    assert village.decide(asked_for(village, village.registrar(account)), by=named).state is State.DONE


@pytest.mark.parametrize("how", ["dismissed", "shut"])
def test_who_left_the_office_asked_for_nothing(village: Village, how: str) -> None:
    """Nobody agrees to it any more; it can be declined, and asked for anew."""
    asked = asked_for(village)
    if how == "dismissed":
        village.dismissed(village.first)
    else:
        shut = update(SubscriberRow).where(SubscriberRow.id == village.first.subscriber_id)
        village.session.execute(shut.values(state="suspended"))
    assert about(village.decide(asked)) == (Code.ENR_STATE, "asker")
    again = village.ask(Kind.MERGE, asked.person_id, asked.other_id, by=village.second)
    assert about(again) == (Code.ENR_EXISTS, "asked")
    assert village.decide(asked, agreed=False).state is State.REFUSED
    anew = village.ask(Kind.MERGE, asked.person_id, asked.other_id, by=village.second)
    assert village.decide(anew, by=village.registrar()).state is State.DONE


def signed(village: Village, by: Actor, person_id: uuid.UUID) -> str:
    """The report of a death, with the paper, signed by one registrar."""
    counter = village.counter
    opened = counter.lifecycle.open(by, CaseKind.DEATH, counter.key(), person_id=person_id)
    assert not isinstance(opened, Refusal), opened
    paper = {"type": "death_certificate", "number": "CR 12/30"}
    counter.sections.save_field(by, opened.aid, Section.DOCUMENTS, "document_1", paper)
    counter.record(opened.aid, by, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
    assert not isinstance(counter.lifecycle.sign(counter.order(by, opened.aid)), Refusal)
    return opened.aid


def test_one_person_with_two_accounts_reports_no_death_alone(village: Village) -> None:
    """AC-096: whoever signed a report neither takes it up nor approves it by the other account."""
    first, second, _, _ = two_accounts(village)
    aid = signed(village, first, village.settled()[0])
    lifecycle, order = village.counter.lifecycle, village.counter.order
    assert lifecycle.take_up(order(second, aid)) == Refusal(Code.ENR_FOUREYES, "captured")
    assert isinstance(lifecycle.take_up(order(village.second, aid)), Moved)
    assert lifecycle.approve(order(second, aid)) == Refusal(Code.ENR_FOUREYES, "captured")
    assert isinstance(lifecycle.approve(order(village.second, aid)), Moved)


def test_a_report_is_signed_by_somebody_in_office(village: Village) -> None:
    """Who signed it and left since signed nothing: it is returned, and another registrar signs it."""
    person_id = village.settled()[0]
    aid = signed(village, village.first, person_id)
    lifecycle, order = village.counter.lifecycle, village.counter.order
    assert isinstance(lifecycle.take_up(order(village.second, aid)), Moved)
    village.dismissed(village.first)
    assert lifecycle.approve(order(village.second, aid)) == Refusal(Code.ENR_STATE, "asker")
    assert isinstance(lifecycle.send_back(order(village.second, aid), Reason.DETAILS), Moved)
    third = village.registrar()
    for step in (lifecycle.resume, lifecycle.sign):
        assert isinstance(step(order(third, aid)), Moved)
    for step in (lifecycle.take_up, lifecycle.approve):
        assert isinstance(step(order(village.second, aid)), Moved)
