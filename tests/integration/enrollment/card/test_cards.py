"""Cards in the register: made, printed again, replaced, taken back, and what the register says of them."""

import uuid

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from enrollment.card import Asked, Card, Reason, forget_cards
from enrollment.card.models import CredentialRow
from enrollment.errors import Code, Refusal
from enrollment.register import NewPerson, Status
from tests.factories.cards import PICTURE, Press, press
from tests.factories.register import Office, code_of, facts, raced

pytestmark = pytest.mark.integration


@pytest.fixture
def room(session: Session) -> Press:
    """Cards over a transaction that is rolled back."""
    return press(session)


def test_a_card_says_who_it_is_and_not_the_number(room: Press) -> None:
    """Name, birth, sex, picture and an alias that finds the person; the national number stands nowhere in it."""
    person_id, nin = room.office.numbered()
    card = room.card(person_id)
    said = room.look(card.text)
    assert said.valid
    assert said.claims is not None
    assert said.claims["fullName"] == "Testa Binta Sampleton"
    assert (said.claims["dateOfBirth"], said.claims["gender"]) == ("19900228", 2)
    assert said.picture == ("WebP", PICTURE)
    assert nin not in str(said.claims) + str(said.meta)
    found = room.office.aliases.use(said.claims["id"])
    assert not isinstance(found, Refusal)
    assert found.person_id == person_id
    assert room.office.events("card.") == ["card.issued", "card.key_made"]


def test_the_same_card_is_printed_again(room: Press) -> None:
    """Asked for twice, it is one card; nothing is made, nothing audited as made."""
    person_id = room.office.person()
    first = room.card(person_id)
    assert room.card(person_id).text == first.text
    present = room.cards.present(person_id)
    assert present is not None
    assert (present.text, present.outdated) == (first.text, False)
    assert room.office.events("card.issued") == ["card.issued"]


def test_a_lost_card_is_worthless_from_the_new_one_on(room: Press) -> None:
    """The old code is revoked and its alias finds nobody; the new one is good."""
    person_id = room.office.person()
    old, new = room.card(person_id), room.card(person_id, new=True)
    assert room.look(old.text).reason is Reason.REVOKED
    assert room.look(new.text).valid
    assert old.said.claims is not None
    assert code_of(room.office.aliases.use(old.said.claims["id"])) is Code.NIN_UNKNOWN


def test_a_card_that_is_taken_back_stays_so(room: Press) -> None:
    """Revoked for ever; a second time there is none to take back; what it said is forgotten."""
    person_id = room.office.person()
    card = room.card(person_id)
    assert room.cards.revoke(person_id, Asked(None)) is None
    assert room.look(card.text).reason is Reason.REVOKED
    assert code_of(room.cards.revoke(person_id, Asked(None))) is Code.ENR_STATE
    assert room.cards.present(person_id) is None
    assert room.office.session.scalars(select(CredentialRow.sealed)).all() == [None]


def test_a_changed_record_makes_the_card_outdated(room: Press) -> None:
    """The card still holds, says that it is outdated, and is replaced when it is asked for."""
    person_id = room.office.person()
    card = room.card(person_id)
    assert not isinstance(room.office.register.amend(person_id, 1, facts(family_name="Newname")), Refusal)
    present = room.cards.present(person_id)
    assert present is not None
    assert present.outdated
    assert room.look(card.text).valid
    fresh = room.card(person_id)
    assert fresh.said.claims is not None
    assert fresh.said.claims["fullName"] == "Testa Binta Newname"
    assert room.look(card.text).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.SUSPENDED, Reason.SUSPENDED),
        (Status.DECEASED, Reason.DECEASED),
        (Status.MERGED, Reason.REVOKED),
        (Status.ERASED, Reason.REVOKED),
    ],
)
def test_the_card_of_somebody_who_is_gone_is_not_good(room: Press, status: Status, reason: Reason) -> None:
    """Not good from that moment on, no new one is made, and good again once it is undone."""
    person_id = room.office.person()
    card = room.card(person_id)
    room.becomes(person_id, status)
    assert room.look(card.text).reason is reason
    assert room.cards.present(person_id) is None
    assert code_of(room.cards.issue(person_id, Asked(None))) is Code.ENR_STATE
    room.becomes(person_id, Status.ACTIVE)
    assert room.look(card.text).valid


def test_nobody_whom_nobody_has_seen_gets_a_card(room: Press) -> None:
    """Taken over from an older register: level 1, no card. Nobody at all: unknown."""
    [person_id] = room.office.register.open([NewPerson(uuid.uuid4(), facts(), 1)])
    assert room.cards.issue(person_id, Asked(None)) == Refusal(Code.ENR_GUARD, "level")
    assert code_of(room.cards.issue(uuid.uuid4(), Asked(None))) is Code.ENR_UNKNOWN


def test_without_a_picture_there_is_a_card(room: Press) -> None:
    """Of whom no face could be captured; but not where the engine is down, which passes."""
    person_id = room.office.person()
    room.portraits.picture = Refusal(Code.BIO_ENGINE, "lost")
    assert code_of(room.cards.issue(person_id, Asked(None))) is Code.BIO_ENGINE
    room.portraits.picture = None
    assert room.card(person_id).said.picture is None


def test_a_refused_replacement_leaves_the_card_good(room: Press) -> None:
    """Where the alias of the card was taken back and ten others are good, no new one can be made; the old stays."""
    person_id = room.office.person()
    card = room.card(person_id)
    [alias] = room.office.aliases.listing(person_id)
    assert room.office.aliases.revoke(person_id, alias.id) is None
    for _ in range(10):
        room.office.aliases.make(person_id, alias.kind)
    assert room.cards.issue(person_id, Asked(None, new=True)) == Refusal(Code.ENR_GUARD, "aliases")
    assert room.look(card.text).valid


def test_a_forgotten_face_is_on_no_card(room: Press) -> None:
    """Where somebody's face is erased, so is the card that shows it, and its number ends; the next one has none."""
    person_id = room.office.person()
    card = room.card(person_id)
    [number] = room.office.aliases.listing(person_id)
    assert forget_cards(room.office.session, room.office.clock, person_id) == 1
    assert room.look(card.text).reason is Reason.REVOKED
    assert code_of(room.office.aliases.use(number.number)) is Code.NIN_UNKNOWN
    room.portraits.picture = None
    assert room.card(person_id).said.picture is None


def test_no_store_holds_a_readable_card(room: Press) -> None:
    """Neither name nor picture nor alias stands in the row: only what the person's key opens."""
    card = room.card()
    assert card.said.claims is not None
    row = room.office.session.execute(text("select sealed, serial from credential")).one()
    for readable in (b"Sampleton", PICTURE, card.said.claims["id"].encode()):
        assert readable not in bytes(row.sealed) + bytes(row.serial)


def test_fifty_who_ask_at_once_get_one_card(own_database: Engine) -> None:
    """One card, one alias, fifty times the same code."""
    with Session(own_database) as session:
        office = Office(session)
        person_id = office.person()
        session.commit()

    def ask(own: Office) -> str:
        made = Press(own).cards.issue(person_id, Asked(None))
        assert isinstance(made, Card), made
        return made.text

    assert len(set(raced(own_database, office, ask))) == 1
