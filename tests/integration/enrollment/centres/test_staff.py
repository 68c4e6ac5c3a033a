import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from enrollment.centres import OPERATOR, Actor, RevokedFor, Role
from enrollment.centres.models import PostingRow
from enrollment.errors import Code, Refusal
from idp.subscribers import State
from idp.subscribers.models import SubscriberRow
from tests.factories.centres import Country

pytestmark = pytest.mark.integration


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def test_actor_has_roles_and_place_of_the_day(country: Country) -> None:
    """An actor holds the roles in force and stands where he or she is posted today."""
    centre = country.centre()
    station = country.station(centre)
    person = country.person(Role.OFFICER, Role.ADJUDICATOR)
    country.post(person, centre, station)
    expected = Actor(person, frozenset({Role.OFFICER, Role.ADJUDICATOR}), centre.id, station.id)
    assert country.staff.actor(person, country.clock.now()) == expected


@pytest.mark.parametrize("state", [state for state in State if state in {State.PENDING, State.ACTIVE}])
def test_only_active_accounts_act(country: Country, state: State) -> None:
    """AC-133: whoever's account is not active acts from no moment on, whatever roles they hold."""
    person = country.person(Role.ADMIN, state=state)
    assert (code_of(country.staff.actor(person, country.clock.now())) is None) is (state is State.ACTIVE)


def test_suspension_ends_acting_at_once(country: Country) -> None:
    """AC-133: the request after the suspension is refused already, and one after its end is let through again."""
    person = country.person(Role.OFFICER)
    change = update(SubscriberRow).where(SubscriberRow.id == person)
    country.session.execute(change.values(state="suspended"))
    assert code_of(country.staff.actor(person, country.clock.now())) is Code.ENR_ROLE
    country.session.execute(change.values(state="active"))
    assert country.actor(person).holds(Role.OFFICER)


def test_no_role_is_no_actor(country: Country) -> None:
    """Somebody without a role, and somebody who does not exist, are refused alike."""
    now = country.clock.now()
    assert country.staff.actor(country.person(), now) == country.staff.actor(uuid.uuid4(), now)
    assert code_of(country.staff.actor(uuid.uuid4(), now)) is Code.ENR_ROLE


def test_citizen_acts_as_introducer_only(country: Country) -> None:
    """A citizen's account can vouch; a role of staff stored for it gives nothing (AC-101: it has no passkey rule)."""
    person = country.person(Role.INTRODUCER, Role.ADMIN, group="citizen")
    assert country.actor(person).roles == frozenset({Role.INTRODUCER})


def test_role_ends_by_the_clock(country: Country) -> None:
    """AC-134: a role holds up to its last second, and nothing has to run for it to end."""
    person = country.person()
    until = country.clock.now() + dt.timedelta(days=1)
    country.grant(person, [Role.OFFICER], until)
    assert code_of(country.staff.actor(person, until - dt.timedelta(seconds=1))) is None
    assert code_of(country.staff.actor(person, until)) is Code.ENR_ROLE
    assert [held.until for held in country.staff.roles(person)] == [until]
    country.clock.advance(days=1)
    assert country.staff.roles(person) == []


def test_days_begin_at_midnight_of_the_zone(country: Country) -> None:
    """A posting for today holds until the day's last second; the next day there is no place."""
    centre = country.centre()
    person = country.person(Role.OFFICER)
    country.post(person, centre)
    midnight = dt.datetime.combine(country.today + dt.timedelta(days=1), dt.time(), dt.UTC)
    last = country.staff.actor(person, midnight - dt.timedelta(microseconds=1))
    after = country.staff.actor(person, midnight)
    assert isinstance(last, Actor)
    assert isinstance(after, Actor)
    assert (last.centre_id, after.centre_id) == (centre.id, None)


def test_revoked_station_is_no_place(country: Country) -> None:
    """Whoever is posted to a station that is revoked keeps the centre and has no station."""
    centre = country.centre()
    station = country.station(centre)
    officer = country.worker(Role.OFFICER, centre=centre, station=station)
    assert officer.station_id == station.id
    assert not isinstance(country.stations.revoke(OPERATOR, station.id, RevokedFor.STOLEN), Refusal)
    assert country.actor(officer.subscriber_id).station_id is None
    assert country.actor(officer.subscriber_id).centre_id == centre.id


def test_who_may_take_roles_away(country: Country) -> None:
    """AC-097: admins and security officers end a role at once; anybody else is refused and the try is written down."""
    for role in Role:
        victim, ender = country.person(Role.OFFICER), country.worker(role)
        outcome = country.staff.end_role(ender, victim, Role.OFFICER)
        after = country.staff.actor(victim, country.clock.now())
        if role in {Role.ADMIN, Role.SECURITY}:
            assert (outcome, code_of(after)) == (None, Code.ENR_ROLE)
        else:
            assert (code_of(outcome), code_of(after)) == (Code.ENR_ROLE, None), role
    assert [row.body["role"] for row in country.audited("staff.role_ended")] == ["officer"] * 2
    assert country.refused() == ["end_role"] * (len(Role) - 2)


def test_end_of_a_role_that_is_not_held(country: Country) -> None:
    """Ending a role twice, or one that was never held, is refused and changes nothing."""
    security, victim = country.worker(Role.SECURITY), country.person(Role.OFFICER, Role.ADJUDICATOR)
    assert country.staff.end_role(security, victim, Role.OFFICER) is None
    assert code_of(country.staff.end_role(security, victim, Role.OFFICER)) is Code.ENR_UNKNOWN
    assert country.actor(victim).roles == frozenset({Role.ADJUDICATOR})


def test_all_roles_at_once(country: Country) -> None:
    """A suspicion takes every role of a person in one go, and says how many."""
    security, victim = country.worker(Role.SECURITY), country.person(Role.OFFICER, Role.ADJUDICATOR)
    assert country.staff.end_all(security, victim) == 2
    assert country.staff.end_all(security, victim) == 0
    assert code_of(country.staff.actor(victim, country.clock.now())) is Code.ENR_ROLE


def test_holders_of_a_role(country: Country) -> None:
    """Who holds a role now can be listed, those whose role ended not among them."""
    first, second = country.person(Role.REGISTRAR), country.person(Role.REGISTRAR)
    country.staff.end_role(country.worker(Role.SECURITY), first, Role.REGISTRAR)
    assert [held.subscriber_id for held in country.staff.holders(Role.REGISTRAR)] == [second]


def test_ended_posting_leaves_its_row(country: Country) -> None:
    """A posting that ended early stays as history, and who ended it stands in it."""
    centre = country.centre()
    made = country.post(country.person(Role.OFFICER), centre)
    country.postings.end(OPERATOR, made.id)
    row = country.session.scalars(select(PostingRow).where(PostingRow.id == made.id)).one()
    assert (row.ended_at, row.ended_by) == (country.clock.now(), "operator")
