"""Keys that sign cards: published before they sign, trusted after they did, taken back when they leak."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.card import Reason, check
from enrollment.card.envelope import Envelope, unwrapped
from enrollment.card.models import CardKeyRow
from enrollment.card.policy import CardPolicy
from enrollment.card.trust import signer_of
from enrollment.errors import Code
from idp.keys.jose import Algorithm
from tests.factories.cards import Press, press
from tests.factories.register import code_of

pytestmark = pytest.mark.integration


@pytest.fixture
def room(session: Session) -> Press:
    """Cards over a transaction that is rolled back."""
    return press(session)


def test_the_first_card_makes_the_first_key(room: Press) -> None:
    """No command is needed; the private half is sealed."""
    card = room.card()
    [row] = room.keys.rows()
    assert (row.kid, row.algorithm) == (card.key_id, "ES256")
    assert row.public_jwk["x"].encode() not in (row.sealed_private or b"")
    assert room.keys.cards_of() == {row.kid: 1}


def test_a_new_key_is_known_a_day_before_it_signs(room: Press) -> None:
    """Published at once, signs tomorrow; cards of both are good; a second rotation under way changes nothing."""
    person = room.office.person()
    old = room.card(person)
    coming = room.keys.rotate(Algorithm.EDDSA)
    assert room.keys.rotate().kid == coming.kid
    assert [one["kid"] for one in room.keys.published()] == [old.key_id, coming.kid]
    assert room.card(person, new=True).key_id == old.key_id
    room.office.clock.advance(hours=24)
    new = room.card(room.office.person())
    assert new.key_id == coming.kid
    assert room.look(new.text).valid
    present = room.cards.present(person)
    assert present is not None
    assert room.look(present.text).valid


def test_cards_of_a_leaked_key_are_worthless(room: Press) -> None:
    """Its signature counts no more, nobody signs with it, the person gets a card of another key."""
    person = room.office.person()
    card = room.card(person)
    before = room.lists.current()
    assert room.keys.revoke(card.key_id) is None
    listed = unwrapped(room.lists.current().content)
    assert isinstance(listed, Envelope)
    assert signer_of(listed, room.keys.trusted()).signer is not None
    assert room.lists.current() != before
    assert room.look(card.text).reason is Reason.UNKNOWN_KEY
    sealed = select(CardKeyRow.sealed_private).where(CardKeyRow.kid == card.key_id)
    assert room.office.session.scalars(sealed).all() == [None]
    fresh = room.card(person)
    assert fresh.key_id != card.key_id
    assert room.look(fresh.text).valid
    assert code_of(room.keys.revoke(card.key_id)) is Code.ENR_STATE
    assert code_of(room.keys.revoke("00" * 8)) is Code.ENR_UNKNOWN


def test_a_key_that_signs_no_more_loses_its_private_half(room: Press) -> None:
    """With the next list: not before its day, and its cards stay good."""
    card = room.card()
    coming = room.keys.rotate()
    room.lists.current()
    assert {row.kid for row in room.keys.rows() if row.sealed_private} == {card.key_id, coming.kid}
    room.office.clock.advance(hours=24)
    room.lists.current()
    assert {row.kid for row in room.keys.rows() if row.sealed_private} == {coming.kid}
    assert room.look(card.text).valid


def test_a_key_is_known_until_its_last_card_is_over(session: Session) -> None:
    """Retired it stays published for as long as a card lives, and then goes."""
    room = press(session, CardPolicy(lifetime=timedelta(days=10)))
    old = room.card()
    room.keys.rotate()
    room.office.clock.advance(days=10)
    assert old.key_id in {one["kid"] for one in room.keys.published()}
    room.office.clock.advance(days=3)
    assert old.key_id not in {one["kid"] for one in room.keys.published()}


def test_an_expired_card_is_genuine_and_over(room: Press) -> None:
    """The reason is the time, not the signature."""
    card = room.card()
    room.office.clock.advance(days=5 * 365)
    assert check(card.text, room.keys.trusted(), room.office.clock.now()).reason is Reason.EXPIRED
