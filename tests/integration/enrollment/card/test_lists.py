"""The published list: signed, one a period, with every card that is not good and nothing about anybody."""

import zlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from enrollment.card import Reason, base45
from enrollment.card.envelope import Envelope, sealed, unwrapped
from enrollment.card.listing import CLAIM, MARK_BYTES, MAX_LIST, CardList, listed_in, mark_of
from enrollment.card.trust import key_id_of, own, signer_of
from enrollment.register import Status
from tests.factories.cards import Forger, Press, press
from tests.factories.register import Office, raced

pytestmark = pytest.mark.integration


@pytest.fixture
def room(session: Session) -> Press:
    """Cards over a transaction that is rolled back."""
    return press(session)


def marks(room: Press, listed: CardList) -> dict[int, list[bytes]]:
    """What a checker off the network reads in it, once the signature holds."""
    envelope = unwrapped(listed.content)
    assert isinstance(envelope, Envelope)
    assert signer_of(envelope, room.keys.trusted()).signer is not None
    groups = envelope.claims[CLAIM]
    return {
        number: [marks[start : start + MARK_BYTES] for start in range(0, len(marks), MARK_BYTES)]
        for number, marks in groups.items()
    }


def serial_of(room: Press, text: str) -> bytes:
    """The serial that a card carries."""
    serial = room.look(text).serial
    assert serial is not None
    return serial


def test_every_bad_card_stands_in_the_next_list(room: Press) -> None:
    """Revoked, suspended and dead, each in its group, by a mark and not by the serial; a good one in none."""
    people = [room.office.person() for _ in range(5)]
    cards = [room.card(person_id) for person_id in people]
    serials = [serial_of(room, card.text) for card in cards]
    assert marks(room, room.lists.current()) == {1: [], 2: [], 3: []}
    room.card(people[0], new=True)
    for person_id, status in zip(people[1:4], (Status.SUSPENDED, Status.DECEASED, Status.ERASED), strict=True):
        room.becomes(person_id, status)
    room.office.clock.advance(minutes=15)
    listed = room.lists.current()
    found = marks(room, listed)
    assert found[1] == sorted([mark_of(serials[0]), mark_of(serials[3])])
    assert (found[2], found[3]) == ([mark_of(serials[1])], [mark_of(serials[2])])
    assert not any(serial in listed.content for serial in serials)


def test_a_list_lasts_a_period_and_no_longer(room: Press) -> None:
    """Within fifteen minutes it is the same bytes; then another; each says until when it may be used."""
    first = room.lists.current()
    assert room.lists.current() == first
    assert first.made_at < first.fresh_until <= first.made_at + timedelta(minutes=15)
    room.office.clock.advance(minutes=15)
    second = room.lists.current()
    assert (second.etag == first.etag, second.made_at > first.made_at) == (False, True)
    envelope = unwrapped(second.content)
    assert isinstance(envelope, Envelope)
    assert envelope.claims[4] - envelope.claims[6] == 7 * 24 * 3600


def test_a_card_whose_time_is_over_leaves_the_list(room: Press) -> None:
    """It is refused for its time; the list stays small."""
    person_id = room.office.person()
    room.card(person_id)
    room.card(person_id, new=True)
    room.office.clock.advance(days=5 * 365 + 1)
    assert marks(room, room.lists.current())[1] == []


def test_who_ask_at_once_get_one_list(own_database: Engine) -> None:
    """Twenty at once, each in its own transaction: one content."""
    with Session(own_database) as session:
        office = Office(session)
        Press(office).keys.signer()
        session.commit()
    found = raced(own_database, office, lambda own: Press(own).lists.current().etag, 20)
    assert len(set(found)) == 1


def test_a_list_that_was_taken_along_says_what_the_register_said(room: Press) -> None:
    """Of the suspended, the dead and the replaced; a good card stays good, and one that is bad for itself as it is."""
    people = [room.office.person() for _ in range(4)]
    cards = [room.card(person_id) for person_id in people]
    room.card(people[0], new=True)
    room.becomes(people[1], Status.SUSPENDED)
    room.becomes(people[2], Status.DECEASED)
    made = room.lists.current()
    room.becomes(people[1], Status.ACTIVE)
    listed = listed_in(made.content, room.keys.trusted())
    assert listed is not None
    assert (listed.made_at, listed.until - listed.made_at) == (made.made_at, timedelta(days=7))
    found = [listed.settled(room.unasked(card.text)).reason for card in cards]
    assert found == [Reason.REVOKED, Reason.SUSPENDED, Reason.DECEASED, None]
    assert listed.settled(room.unasked(Forger().text())).reason is Reason.UNKNOWN_KEY


def test_what_is_no_list_of_ours_says_nothing(room: Press) -> None:
    """Signed by somebody else, a card in its place, one that was cut, one that is too large, another shape."""
    made, forger = room.lists.current(), Forger()
    content = room.lists.current().content
    assert listed_in(content, []) is None
    assert listed_in(content, [own(forger.public)]) is None
    assert listed_in(content[:-2], room.keys.trusted()) is None
    assert listed_in(base45.decoded(room.card().text), room.keys.trusted()) is None
    assert listed_in(zlib.compress(bytes(MAX_LIST + 1)), room.keys.trusted()) is None
    moment = int(made.made_at.timestamp())
    shapes: tuple[Any, ...] = ({1: b"123"}, {1: "text"}, [])
    for groups in shapes:
        claims = {4: moment + 9, 6: moment, CLAIM: groups}
        signed = sealed(claims, forger.algorithm, forger.private, key_id_of(forger.public))
        assert listed_in(signed, [own(forger.public)]) is None, groups
    whole = sealed({4: moment + 9, 6: moment, CLAIM: {}}, forger.algorithm, forger.private, b"")
    assert listed_in(whole, [own(forger.public)]) is not None
