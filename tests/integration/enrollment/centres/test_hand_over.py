import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from enrollment.centres import OPERATOR, Actor, HandOver, RevokedFor, Role
from enrollment.centres.hand_over import LIFE, HandOverState
from enrollment.errors import Code, Refusal
from tests.factories.centres import Country

pytestmark = pytest.mark.integration

SECOND = dt.timedelta(seconds=1)


class Drawer:
    """Cases that officers have in hand."""

    def __init__(self) -> None:
        self.passed: list[tuple[uuid.UUID, uuid.UUID, uuid.UUID]] = []

    def pass_on(self, centre_id: uuid.UUID, giver_id: uuid.UUID, taker_id: uuid.UUID) -> int:
        """Three at a time."""
        self.passed.append((centre_id, giver_id, taker_id))
        return 3


class Shift:
    """A centre with one station, two officers and a supervisor."""

    def __init__(self, session: Session) -> None:
        self.drawer = Drawer()
        self.country = Country(session, cases=self.drawer)
        self.offers = self.country.hand_overs
        self.centre = self.country.centre()
        self.station = self.country.station(self.centre)
        self.morning = self.country.worker(Role.OFFICER, centre=self.centre, station=self.station)
        self.evening = self.country.worker(Role.OFFICER, centre=self.centre)
        self.supervisor = self.country.worker(Role.SUPERVISOR, centre=self.centre)

    def again(self, actor: Actor) -> Actor:
        """The same person, acting now."""
        return self.country.actor(actor.subscriber_id)

    def offered(self) -> HandOver:
        """The morning's officer offers to the evening's."""
        made = self.offers.offer(self.again(self.morning), self.morning.subscriber_id, self.evening.subscriber_id)
        assert isinstance(made, HandOver), made
        return made


@pytest.fixture
def shift(session: Session) -> Shift:
    """A day at a centre."""
    return Shift(session)


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def test_station_and_cases_go_over_when_they_are_taken(shift: Shift) -> None:
    """An offer changes nothing; once it is taken the station and the open cases are the taker's, and nobody else's."""
    offer = shift.offered()
    assert shift.again(shift.evening).station_id is None
    assert shift.again(shift.morning).station_id == shift.station.id
    assert [one.id for one in shift.offers.waiting_for(shift.evening.subscriber_id)] == [offer.id]
    taken = shift.offers.take(shift.evening, offer.id)
    assert isinstance(taken, HandOver)
    assert (taken.state, taken.cases) == (HandOverState.TAKEN, 3)
    assert shift.again(shift.evening).station_id == shift.station.id
    assert shift.again(shift.morning).station_id is None
    assert shift.again(shift.morning).centre_id == shift.centre.id
    assert shift.drawer.passed == [(shift.centre.id, shift.morning.subscriber_id, shift.evening.subscriber_id)]
    assert shift.offers.waiting_for(shift.evening.subscriber_id) == []


def test_back_and_forth(shift: Shift) -> None:
    """What was taken can be handed back on the same day; the last hand-over counts."""
    shift.offers.take(shift.evening, shift.offered().id)
    shift.country.clock.advance(minutes=10)
    evening = shift.again(shift.evening)
    back = shift.offers.offer(evening, evening.subscriber_id, shift.morning.subscriber_id)
    assert isinstance(back, HandOver)
    assert isinstance(shift.offers.take(shift.again(shift.morning), back.id), HandOver)
    assert shift.again(shift.morning).station_id == shift.station.id
    assert shift.again(shift.evening).station_id is None


def test_next_day_the_posting_counts(session: Session) -> None:
    """A hand-over is for its day: on the next the stations are those of the postings."""
    shift = Shift(session)
    country = shift.country
    giver, taker = country.person(Role.OFFICER), country.person(Role.OFFICER)
    country.post(giver, shift.centre, shift.station, days=2)
    country.post(taker, shift.centre, days=2)
    offer = shift.offers.offer(country.actor(giver), giver, taker)
    assert isinstance(offer, HandOver)
    shift.offers.take(country.actor(taker), offer.id)
    assert country.actor(taker).station_id == shift.station.id
    country.clock.advance(days=1)
    assert (country.actor(giver).station_id, country.actor(taker).station_id) == (shift.station.id, None)


def test_taken_once(shift: Shift) -> None:
    """A second yes, or a no after it, is refused, and no case goes over twice."""
    offer = shift.offered()
    shift.offers.take(shift.evening, offer.id)
    assert code_of(shift.offers.take(shift.again(shift.evening), offer.id)) is Code.ENR_STATE
    assert code_of(shift.offers.decline(shift.evening, offer.id)) is Code.ENR_STATE
    assert code_of(shift.offers.withdraw(shift.morning, offer.id)) is Code.ENR_STATE
    assert len(shift.drawer.passed) == 1


def test_declined_and_withdrawn(shift: Shift) -> None:
    """After a no of the taker, or when the giver takes it back, nothing can be taken."""
    for end, actor, state in (
        (shift.offers.decline, shift.evening, HandOverState.DECLINED),
        (shift.offers.withdraw, shift.morning, HandOverState.WITHDRAWN),
    ):
        offer = shift.offered()
        ended = end(actor, offer.id)
        assert isinstance(ended, HandOver), ended
        assert ended.state is state
        assert code_of(shift.offers.take(shift.evening, offer.id)) is Code.ENR_STATE
    assert shift.drawer.passed == []


def test_offer_is_over_after_two_hours(shift: Shift) -> None:
    """AC-134: an offer can be taken in its last second and not in the next."""
    first = shift.offered()
    shift.country.clock.advance(seconds=LIFE.total_seconds())
    assert code_of(shift.offers.take(shift.evening, first.id)) is Code.ENR_EXPIRED
    second = shift.offered()
    shift.country.clock.advance(seconds=(LIFE - SECOND).total_seconds())
    assert isinstance(shift.offers.take(shift.evening, second.id), HandOver)


def test_newer_offer_takes_the_place_of_the_older(shift: Shift) -> None:
    """Who offers to somebody else has taken the first offer back."""
    older, newer = shift.offered(), shift.offered()
    assert code_of(shift.offers.take(shift.evening, older.id)) is Code.ENR_STATE
    assert isinstance(shift.offers.take(shift.evening, newer.id), HandOver)


def test_supervisor_offers_for_who_had_to_leave(shift: Shift) -> None:
    """The centre's supervisor can offer another's work, but not to the supervisor's own hands; officers cannot."""
    giver, taker = shift.morning.subscriber_id, shift.evening.subscriber_id
    assert isinstance(shift.offers.offer(shift.supervisor, giver, taker), HandOver)
    refused = shift.offers.offer(shift.supervisor, giver, shift.supervisor.subscriber_id)
    assert code_of(refused) is Code.ENR_FOUREYES
    third = shift.country.worker(Role.OFFICER, centre=shift.centre)
    assert code_of(shift.offers.offer(third, giver, taker)) is Code.ENR_ROLE
    assert len(shift.country.audited("staff.refused")) == 2


def test_only_between_officers_of_one_centre(shift: Shift) -> None:
    """AC-095: nobody of another centre gives or takes, nor somebody without the role, nor one to oneself."""
    country, giver = shift.country, shift.morning.subscriber_id
    stranger = country.worker(Role.OFFICER, centre=country.centre())
    for taker in (stranger.subscriber_id, shift.supervisor.subscriber_id, uuid.uuid4()):
        assert code_of(shift.offers.offer(shift.morning, giver, taker)) is Code.ENR_UNKNOWN
    foreign = country.worker(Role.SUPERVISOR, centre=country.centre())
    assert code_of(shift.offers.offer(foreign, giver, shift.evening.subscriber_id)) is Code.ENR_UNKNOWN
    assert code_of(shift.offers.offer(shift.supervisor, giver, giver)) is Code.ENR_SCHEMA
    assert code_of(shift.offers.offer(shift.morning, giver, giver)) is Code.ENR_FOUREYES


def test_only_who_it_is_offered_to_takes_it(shift: Shift) -> None:
    """AC-095: another officer, of this centre or not, finds no such offer, and the try is written down."""
    offer = shift.offered()
    third = shift.country.worker(Role.OFFICER, centre=shift.centre)
    stranger = shift.country.worker(Role.OFFICER, centre=shift.country.centre())
    for actor in (third, stranger, shift.morning):
        assert code_of(shift.offers.take(actor, offer.id)) is Code.ENR_UNKNOWN
    assert len(shift.country.audited("staff.refused")) == 3
    assert code_of(shift.offers.decline(third, offer.id)) is Code.ENR_UNKNOWN
    assert code_of(shift.offers.withdraw(third, offer.id)) is Code.ENR_UNKNOWN


def test_who_hands_nothing_over(shift: Shift) -> None:
    """AC-097: no other role offers or takes, and each try is written down."""
    others = [role for role in Role if role not in {Role.OFFICER, Role.SUPERVISOR}]
    for role in others:
        actor = shift.country.worker(role, centre=shift.centre)
        outcome = shift.offers.offer(actor, shift.morning.subscriber_id, shift.evening.subscriber_id)
        assert code_of(outcome) is Code.ENR_ROLE, role
        assert code_of(shift.offers.take(actor, shift.offered().id)) is Code.ENR_ROLE, role
    assert shift.country.refused() == ["hand_over"] * 2 * len(others)


def test_without_a_posting_nothing_is_handed_over(shift: Shift) -> None:
    """Whoever is posted nowhere today neither offers nor takes, and the tries are written down."""
    offer = shift.offered()
    homeless = Actor(shift.evening.subscriber_id, frozenset({Role.OFFICER}))
    assert code_of(shift.offers.take(homeless, offer.id)) is Code.ENR_UNKNOWN
    away = Actor(shift.morning.subscriber_id, frozenset({Role.OFFICER}))
    assert code_of(shift.offers.offer(away, away.subscriber_id, shift.evening.subscriber_id)) is Code.ENR_UNKNOWN
    assert shift.country.refused() == ["hand_over"] * 2


def test_station_stolen_meanwhile(shift: Shift) -> None:
    """When the station was revoked while the offer waited, it is not taken over: it has to be offered anew."""
    offer = shift.offered()
    shift.country.stations.revoke(OPERATOR, shift.station.id, RevokedFor.STOLEN)
    assert code_of(shift.offers.take(shift.evening, offer.id)) is Code.ENR_STATE
    again = shift.offered()
    assert again.station_id is None
    assert isinstance(shift.offers.take(shift.evening, again.id), HandOver)


def test_posting_made_after_a_hand_over_counts(shift: Shift) -> None:
    """Whoever gave the station away and is posted to another one has that, and the first stays with the taker."""
    country = shift.country
    shift.offers.take(shift.evening, shift.offered().id)
    country.clock.advance(minutes=1)
    (posting,) = country.postings.of_person(shift.morning.subscriber_id)
    country.postings.end(OPERATOR, posting.id)
    other = country.station(shift.centre)
    country.post(shift.morning.subscriber_id, shift.centre, other)
    assert shift.again(shift.morning).station_id == other.id
    assert shift.again(shift.evening).station_id == shift.station.id


def test_taker_who_moved_takes_nothing(shift: Shift) -> None:
    """AC-095: an officer who was posted to another centre meanwhile cannot take what was offered at the first."""
    country, offer = shift.country, shift.offered()
    (posting,) = country.postings.of_person(shift.evening.subscriber_id)
    country.postings.end(OPERATOR, posting.id)
    country.post(shift.evening.subscriber_id, country.centre())
    assert code_of(shift.offers.take(shift.again(shift.evening), offer.id)) is Code.ENR_UNKNOWN
    assert shift.drawer.passed == []
