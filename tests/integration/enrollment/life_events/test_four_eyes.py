"""Four eyes are two people who are both in office, whatever accounts they hold."""

import uuid

import pytest
from sqlalchemy import insert, select, update

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
