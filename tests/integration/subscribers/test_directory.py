import uuid
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.audit.models import AuditRow
from idp.errors import Code, Refusal
from idp.keys import PurposeKeys
from idp.keys.models import PersonKeyRow
from idp.subscribers import Directory, NewSubscriber, State
from idp.subscribers.models import SearchTokenRow, SubscriberRow
from tests.factories.keys import purpose_keys
from tests.factories.moments import START, StillClock
from tests.factories.subscribers import claims, directory

pytestmark = pytest.mark.integration


@pytest.fixture
def keys() -> PurposeKeys:
    """The installation's keys."""
    return purpose_keys()


@pytest.fixture
def people(session: Session, keys: PurposeKeys) -> Directory:
    """The directory under test."""
    return directory(session, keys, StillClock())


def made(people: Directory, username: str = "testa", **values: Any) -> uuid.UUID:
    """A new account."""
    subscriber_id = people.create(NewSubscriber(username, claims(), **values))
    assert isinstance(subscriber_id, uuid.UUID)
    return subscriber_id


def refusal_of(people: Directory, new: NewSubscriber) -> Code:
    """Why the account is not made."""
    refusal = people.create(new)
    assert isinstance(refusal, Refusal)
    return refusal.code


def test_an_account_comes_back(people: Directory) -> None:
    """What was recorded is found by identifier and by user name, in any spelling of it."""
    subscriber_id = made(people, "Testa.Person", ial=2, locale="en-SL")
    found = people.get(subscriber_id)
    assert found is not None
    assert (found.id, found.state, found.ial, found.locale) == (subscriber_id, State.ACTIVE, 2, "en-SL")
    assert people.by_username(" TESTA.person ") == found
    identity = people.identity(found)
    assert identity is not None
    assert identity.username == "testa.person"
    assert people.profile(subscriber_id) == claims(updated_at=int(START.timestamp()))


def test_nobody_is_found_where_nobody_is(people: Directory) -> None:
    """Unknown, empty, over-long and unstorable names and identifiers lead to nobody, without an error."""
    made(people)
    for typed in ("", "other", "a" * 10_000, "tes\x00ta", "\ud800", "' or 1=1 --"):
        assert people.by_username(typed) is None
    assert people.get(uuid.uuid4()) is None
    assert people.profile(uuid.uuid4()) == {}


def test_nothing_personal_is_readable_in_the_database(session: Session, people: Directory) -> None:
    """Everything that says who somebody is lies sealed or as a keyed hash, in the audit trail too."""
    made(people, "testa")
    tables = (SubscriberRow, SearchTokenRow, PersonKeyRow, AuditRow)
    text = repr([session.execute(select(table.__table__)).all() for table in tables]).casefold()
    assert len(text) > 500
    for word in ("testa", "person'", "people.example", "nowhere", "1990-02-28", "23200000", "232 00 000"):
        assert word not in text


def test_the_audit_row_is_part_of_the_transaction(session: Session, people: Directory) -> None:
    """Making an account writes one row that names the claims recorded, never their values."""
    subscriber_id = people.create(NewSubscriber("testa", claims()), actor="operator")
    row = session.scalars(select(AuditRow)).one()
    assert (row.event, row.subscriber_id, row.actor) == ("subscriber.created", subscriber_id, "operator")
    assert "birthdate" in row.body["claims"]
    session.rollback()
    assert session.scalar(select(func.count()).select_from(AuditRow)) == 0


@pytest.mark.parametrize("taken", ["testa", "TESTA", "\uff34esta", "t\u00e9sta"])
def test_a_user_name_is_taken_once(people: Directory, taken: str) -> None:
    """AC-130: neither the same name nor one that looks the same makes a second account."""
    made(people, "testa")
    assert refusal_of(people, NewSubscriber(taken)) is Code.SUBSCRIBER_EXISTS


def test_a_name_that_looks_the_same_finds_nobody(people: Directory) -> None:
    """A look-alike is a wrong name, though it can never be registered."""
    made(people, "person1")
    assert people.by_username("personl") is None
    assert people.by_username("person1") is not None


@pytest.mark.parametrize(
    "new",
    [
        NewSubscriber(""),
        NewSubscriber("a" * 300),
        NewSubscriber("t\u0435sta"),
        NewSubscriber("testa\u200b"),
        NewSubscriber("testa", {"shoe_size": 40}),
        NewSubscriber("testa", {"birthdate": "yesterday"}),
        NewSubscriber("testa", ial=0),
        NewSubscriber("testa", ial=4),
        NewSubscriber("testa", locale="en\n"),
        NewSubscriber("testa", state=State.SUSPENDED),
        NewSubscriber("testa", state=State.ERASED),
    ],
)
def test_an_account_that_cannot_be_is_refused(session: Session, people: Directory, new: NewSubscriber) -> None:
    """Nothing is stored of an account with an impossible name, claim, level, language or state."""
    assert refusal_of(people, new) is Code.SUBSCRIBER_INVALID
    for table in (SubscriberRow, PersonKeyRow, SearchTokenRow, AuditRow):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_refused_account_leaves_the_transaction_usable(people: Directory) -> None:
    """After a refusal the same transaction goes on."""
    made(people, "testa")
    assert refusal_of(people, NewSubscriber("testa")) is Code.SUBSCRIBER_EXISTS
    made(people, "somebody.else")


def test_contacts_are_not_unique(people: Directory) -> None:
    """A family may share a phone and an e-mail; a search finds all of them."""
    both = {made(people, "first"), made(people, "second")}
    assert set(people.search("email", "TESTA@people.example ")) == both
    assert set(people.search("phone_number", "+23200000001")) == both


def test_people_are_found_by_exact_fields(people: Directory) -> None:
    """Case, accents and spacing of a name do not matter; part of a field finds nobody."""
    subscriber_id = made(people)
    assert people.search("name", "testa  MAD\u00c9UP person") == [subscriber_id]
    assert people.search("name", "testa") == []
    assert people.search("email", "testa") == []
    assert people.search("email", "testa@people.example" * 1000) == []
    assert people.search("phone_number", "\x00") == []


def test_only_listed_fields_can_be_searched(people: Directory) -> None:
    """A field without tokens is a mistake in the caller, not an empty answer."""
    with pytest.raises(KeyError):
        people.search("birthdate", "1990-02-28")


def test_two_accounts_with_one_record_share_no_bytes(session: Session, people: Directory) -> None:
    """Equal people are sealed differently, so that the database does not tell who is alike."""
    made(people, "first")
    made(people, "second")
    one, other = session.scalars(select(SubscriberRow)).all()
    assert one.sealed != other.sealed
    assert one.username_blind != other.username_blind


def test_another_installation_cannot_find_or_read(session: Session, people: Directory) -> None:
    """Without the keys the directory is closed: names do not match."""
    made(people, "testa")
    assert directory(session, purpose_keys(), StillClock()).by_username("testa") is None
