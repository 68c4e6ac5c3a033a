"""Whose record is whose own, and of whose household: through merges, by every account, from both ends."""

import uuid

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from enrollment.cases.kinship import Kinship
from enrollment.cases.models import KinRow
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind
from enrollment.register.models import PersonVersionRow
from tests.factories.life import Village

pytestmark = pytest.mark.integration


class Family:
    """People whose applications say who is of their household."""

    def __init__(self, session: Session) -> None:
        self.village = Village(session)
        self.kinship = Kinship(session)

    def named(self, person_id: uuid.UUID, account: uuid.UUID) -> None:
        """The application of somebody names an account as of the household."""
        village = self.village
        first = select(PersonVersionRow).where(PersonVersionRow.person_id == person_id)
        version = village.session.scalars(first.order_by(PersonVersionRow.n)).first()
        assert version is not None
        opened = village.counter.opened()
        version.aid = opened
        village.session.flush()
        kin = {"aid": opened, "subscriber_id": account, "relation": "sibling"}
        village.session.execute(insert(KinRow).values(kin))

    def merged(self, kept: uuid.UUID, closed: uuid.UUID) -> None:
        """By two who have nothing to do with either."""
        self.village.done(Kind.MERGE, kept, closed)


@pytest.fixture
def family(session: Session) -> Family:
    """Nobody yet."""
    return Family(session)


def test_ones_own_is_every_record_that_was_merged_with_it(family: Family) -> None:
    """Whichever number leads to it: the one that goes on, and the closed ones."""
    village = family.village
    people = [village.settled(given_names=name) for name in ("Aminata", "Binta", "Christiana")]
    (first, account), (second, _), (third, _) = people
    stranger = village.settled(given_names="Dauda")[0]
    assert [family.kinship.related(account, one) for one, _ in people] == [True, False, False]
    family.merged(second, third)
    family.merged(first, second)
    assert all(family.kinship.related(held, one) for _, held in people for one, _ in people)
    assert not any(family.kinship.related(held, stranger) for _, held in people)
    assert not family.kinship.related(account, uuid.uuid4())
    village.done(Kind.SPLIT, first, second)
    assert [family.kinship.related(account, one) for one, _ in people] == [True, False, False]


@pytest.mark.parametrize("noted_in", ["kept", "closed"])
def test_kin_of_one_record_is_kin_of_all_that_are_one_with_it(family: Family, noted_in: str) -> None:
    """AC-095: noted in the absorbed record or in the surviving one, asked about by the number of either."""
    village = family.village
    kept, closed = village.settled()[0], village.settled(given_names="Other")[0]
    staff = village.registrar().subscriber_id
    family.named(kept if noted_in == "kept" else closed, staff)
    assert [family.kinship.related(staff, one) for one in (kept, closed)] == [noted_in == "kept", noted_in == "closed"]
    family.merged(kept, closed)
    assert [family.kinship.related(staff, one) for one in (kept, closed)] == [True, True]
    village.done(Kind.SPLIT, kept, closed)
    assert [family.kinship.related(staff, one) for one in (kept, closed)] == [noted_in == "kept", noted_in == "closed"]


def test_kin_is_kin_by_every_account(family: Family) -> None:
    """What names one account of a member of the staff is about the person, who may have another."""
    village = family.village
    one, first = village.settled(given_names="Kadiatu")
    other, second = village.settled(given_names="Kadie")
    citizen = village.settled()[0]
    family.named(citizen, first)
    assert [family.kinship.related(held, citizen) for held in (first, second)] == [True, False]
    family.merged(one, other)
    assert [family.kinship.related(held, citizen) for held in (first, second)] == [True, True]


def test_a_household_is_one_from_both_ends(family: Family) -> None:
    """Whom the application of a member of the staff names is as near to them as whoever named them."""
    village = family.village
    own, staff = village.settled(given_names="Kadiatu")
    mother, account = village.settled(given_names="Mariama")
    stranger = village.settled(given_names="Dauda")[0]
    family.named(own, account)
    assert family.kinship.related(staff, mother)
    assert not family.kinship.related(staff, stranger)


def test_an_application_that_names_one_account_is_shut_to_the_other(family: Family) -> None:
    """AC-095: also before there is a record: by whatever account an officer comes."""
    village = family.village
    one, first = village.settled(given_names="Kadiatu")
    other, second = village.settled(given_names="Kadie")
    counter = village.counter
    aid = counter.opened()
    village.session.execute(insert(KinRow).values(aid=aid, subscriber_id=first, relation="sibling"))
    officer = Actor(second, frozenset({Role.OFFICER}), counter.officer.centre_id)
    assert not isinstance(counter.cases.files.find(officer, aid), Refusal)
    family.merged(one, other)
    assert counter.cases.files.find(officer, aid) == Refusal(Code.ENR_OWN)
