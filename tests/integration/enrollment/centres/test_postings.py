import datetime as dt
import uuid

import pytest

from enrollment.centres import OPERATOR, CentreStatus, Days, Posting, RevokedFor, Role
from enrollment.centres.postings import MAX_DAYS
from enrollment.errors import Code, Refusal
from tests.factories.centres import Country

pytestmark = pytest.mark.integration


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def days(country: Country, first: int = 0, last: int = 0) -> Days:
    """Days counted from today."""
    return Days(country.today + dt.timedelta(days=first), country.today + dt.timedelta(days=last))


@pytest.mark.parametrize("place", ["own", "other", "none"])
def test_who_posts_staff(country: Country, place: str) -> None:
    """AC-097: an admin posts anywhere, a supervisor to the own centre only; everybody else is refused, and audited."""
    centre, other = country.centre(), country.centre()
    may = {Role.ADMIN, Role.SUPERVISOR} if place == "own" else {Role.ADMIN}
    for role in Role:
        actor = country.worker(role, centre={"own": centre, "other": other, "none": None}[place])
        person = country.person(Role.OFFICER)
        expected = None if role in may else Code.ENR_UNKNOWN if role is Role.SUPERVISOR else Code.ENR_ROLE
        outcome = country.postings.post(actor, person, centre.id, days(country))
        assert code_of(outcome) is expected, role
        posting = outcome if isinstance(outcome, Posting) else country.post(person, centre)
        assert country.actor(person).centre_id == centre.id
        assert code_of(country.postings.end(actor, posting.id)) is expected, role
    assert country.refused() == ["post_staff"] * 2 * (len(Role) - len(may))


def test_nobody_posts_themselves(country: Country) -> None:
    """AC-097: an admin who is somewhere else posted by another cannot choose the centre."""
    admin = country.worker(Role.ADMIN)
    outcome = country.postings.post(admin, admin.subscriber_id, country.centre().id, days(country))
    assert code_of(outcome) is Code.ENR_FOUREYES
    assert len(country.audited("staff.refused")) == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, None),
        (0, MAX_DAYS - 1, None),
        (0, MAX_DAYS, Code.ENR_SCHEMA),
        (-1, 0, Code.ENR_SCHEMA),
        (1, 0, Code.ENR_SCHEMA),
        (3, 4, None),
    ],
)
def test_which_days(country: Country, first: int, last: int, expected: Code | None) -> None:
    """From today on, at most 366 days, the right way round."""
    person, centre = country.person(Role.OFFICER), country.centre()
    assert code_of(country.postings.post(OPERATOR, person, centre.id, days(country, first, last))) is expected


@pytest.mark.parametrize(("first", "last"), [(2, 4), (0, 2), (4, 9), (3, 3), (0, 9)])
def test_one_place_a_day(country: Country, first: int, last: int) -> None:
    """Whoever is posted on some days is posted nowhere else on any of them, but on the days around."""
    person, centre, other = country.person(Role.OFFICER), country.centre(), country.centre()
    country.postings.post(OPERATOR, person, centre.id, days(country, 2, 4))
    assert code_of(country.postings.post(OPERATOR, person, other.id, days(country, first, last))) is Code.ENR_EXISTS
    assert isinstance(country.postings.post(OPERATOR, person, other.id, days(country, 5, 5)), Posting)
    assert isinstance(country.postings.post(OPERATOR, person, other.id, days(country, 1, 1)), Posting)
    assert [one.days.first for one in country.postings.of_person(person)] == [
        country.today + dt.timedelta(days=ahead) for ahead in (1, 2, 5)
    ]


def test_ended_posting_makes_room(country: Country) -> None:
    """From its end on a posting gives no place, another can be made for that day, and ending it twice is refused."""
    person, centre, other = country.person(Role.OFFICER), country.centre(), country.centre()
    made = country.post(person, centre)
    assert isinstance(country.postings.end(OPERATOR, made.id), Posting)
    assert country.actor(person).centre_id is None
    assert code_of(country.postings.end(OPERATOR, made.id)) is Code.ENR_STATE
    country.post(person, other)
    assert country.actor(person).centre_id == other.id
    assert code_of(country.postings.end(OPERATOR, uuid.uuid4())) is Code.ENR_UNKNOWN


def test_past_posting_is_not_ended(country: Country) -> None:
    """What is over cannot be ended any more."""
    made = country.post(country.person(Role.OFFICER), country.centre())
    country.clock.advance(days=1)
    assert code_of(country.postings.end(OPERATOR, made.id)) is Code.ENR_STATE


def test_who_can_be_posted(country: Country) -> None:
    """Members of staff only."""
    centre = country.centre()
    for person in (country.person(group="citizen"), uuid.uuid4()):
        assert code_of(country.postings.post(OPERATOR, person, centre.id, days(country))) is Code.ENR_UNKNOWN


def test_where_somebody_can_be_posted(country: Country) -> None:
    """An open centre, and an active station of that centre."""
    person, centre, other = country.person(Role.OFFICER), country.centre(), country.centre()
    stolen = country.station(centre)
    country.stations.revoke(OPERATOR, stolen.id, RevokedFor.STOLEN)
    for station in (stolen, country.station(other)):
        outcome = country.postings.post(OPERATOR, person, centre.id, days(country), station.id)
        assert code_of(outcome) is Code.ENR_DEVICE
    country.centres.set_status(OPERATOR, other.id, CentreStatus.CLOSED)
    assert code_of(country.postings.post(OPERATOR, person, other.id, days(country))) is Code.ENR_STATE
    assert code_of(country.postings.post(OPERATOR, person, uuid.uuid4(), days(country))) is Code.ENR_UNKNOWN


def test_who_is_there_on_a_day(country: Country) -> None:
    """The list of a day has who is posted then, and nobody whose posting ended."""
    centre = country.centre()
    first = country.post(country.person(Role.OFFICER), centre, days=3)
    second = country.post(country.person(Role.OFFICER), centre)
    ended = country.post(country.person(Role.OFFICER), centre)
    country.postings.end(OPERATOR, ended.id)
    tomorrow = country.today + dt.timedelta(days=1)
    assert {one.id for one in country.postings.at_centre(centre.id, country.today)} == {first.id, second.id}
    assert {one.id for one in country.postings.at_centre(centre.id, tomorrow)} == {first.id}
