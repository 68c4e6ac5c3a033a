"""Booking at home without a script, what the centre sees of it, and pages of a centre for training."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from enrollment.booking.models import AppointmentRow
from enrollment.cases import Section
from enrollment.centres import OPERATOR, Centre, Role
from idp.web.extensions import db
from tests.factories.centres import DISTRICT
from tests.factories.floor import PERSON, Floor, Member

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def admin(floor: Floor) -> Member:
    """Whoever keeps the centres, and has set hours for every day."""
    made = floor.member(Role.ADMIN, posted=False)
    made.get(f"/staff/centres/{floor.centre.id}/hours")
    of_a_day = {"opens": "08:00", "closes": "20:00", "minutes": "15", "seats": "2"}
    made.fill_in("/hours", {f"{name}-{day}": value for day in range(7) for name, value in of_a_day.items()})
    assert "The hours were kept" in made.page.text
    return made


@pytest.fixture
def citizen(floor: Floor, admin: Member) -> Member:
    """Somebody with an account."""
    return floor.member(posted=False, group="citizen", ial=1)


def begun(citizen: Member, **person: str) -> str:
    """The details are typed and sent; the number of the application."""
    citizen.get("/book")
    citizen.submit("/begin", kind="new")
    citizen.fill_in("/details", {**PERSON, **person})
    return citizen.path.split("/")[2]


def booked(citizen: Member, floor: Floor) -> str:
    """The last free time of tomorrow is taken."""
    aid = begun(citizen)
    day = (floor.site.services.clock.now() + dt.timedelta(days=1)).date()
    citizen.get(f"/book/{aid}/centre/{floor.centre.id}?day={day.isoformat()}")
    time = citizen.page.text.rpartition('name="time" value="')[2].partition('"')[0]
    citizen.submit(f"/centre/{floor.centre.id}", time=time)
    return aid


def test_from_home_to_the_counter(floor: Floor, citizen: Member) -> None:
    """Details, centre, time; on the day the officer finds the number and goes on with what was written."""
    aid = booked(citizen, floor)
    assert (citizen.path, citizen.page.status_code) == (f"/book/{aid}", 200)
    assert "Bring with you" in citizen.page.text
    officer = floor.member(Role.OFFICER, centre=floor.elsewhere)
    officer.get(f"/staff/find?number={aid}")
    assert officer.page.status_code == 200
    officer.submit("/begin")
    assert (officer.path, officer.page.status_code) == (f"/staff/cases/{aid}", 200)
    assert PERSON["family_name"] in officer.page.text
    assert floor.content(aid, Section.PERSON)["given_names"] == PERSON["given_names"]
    citizen.get(f"/book/{aid}")
    assert (citizen.page.status_code, "What I have begun" in citizen.page.text) == (409, True)


def test_what_is_wrong_is_kept_and_named(citizen: Member) -> None:
    """Nothing typed is lost, and the page leads to the field."""
    citizen.get("/book")
    citizen.submit("/begin", kind="new")
    citizen.fill_in("/details", {**PERSON, "birth_date": "31-02-1990", "given_names": ""})
    assert citizen.page.status_code == 400
    assert 'href="#birth_date"' in citizen.page.text
    assert 'value="1990-02-31"' in citizen.page.text
    citizen.fill_in("/details", PERSON)
    assert citizen.path.endswith("/centre")


def test_kept_for_later(citizen: Member) -> None:
    """Half of it is kept, and stands on the first page."""
    citizen.get("/book")
    citizen.submit("/begin", kind="child")
    citizen.submit("/details", given_names="Little", later="yes")
    assert (citizen.path, "Not complete" in citizen.page.text) == ("/book", True)


def test_another_time_and_giving_it_up(floor: Floor, citizen: Member) -> None:
    """One appointment at a time; what is given up says so."""
    aid = booked(citizen, floor)
    citizen.get(f"/book/{aid}/centre/{floor.centre.id}")
    time = citizen.page.text.rpartition('name="time" value="')[2].partition('"')[0]
    citizen.submit(f"/centre/{floor.centre.id}", time=time)
    assert citizen.path == f"/book/{aid}"
    citizen.get(f"/book/{aid}/end")
    citizen.submit("/end")
    assert (citizen.path, "It was given up" in citizen.page.text) == ("/book", True)
    citizen.get(f"/book/{aid}")
    assert citizen.page.status_code == 409


def test_nobody_has_messages_sent_without_end(floor: Floor, citizen: Member) -> None:
    """Each time taken is told by a message: of one account twenty a day, whatever it gives up and begins anew."""
    aid = booked(citizen, floor)
    for turn in range(1, 21):
        citizen.get(f"/book/{aid}/centre/{floor.centre.id}")
        time = citizen.page.text.rpartition('name="time" value="')[2].partition('"')[0]
        citizen.submit(f"/centre/{floor.centre.id}", time=time)
        assert citizen.page.status_code == (200 if turn < 20 else 429), turn
    assert "Please wait a little" in citizen.page.text
    assert int(citizen.page.headers["Retry-After"]) > 0
    with floor.site.app.app_context():
        told = select(func.count()).where(AppointmentRow.aid == aid)
        assert db.session.scalar(told) == 20


def test_who_was_slower_twenty_times_may_still_take_a_time(floor: Floor, citizen: Member) -> None:
    """Times that others took send no message, and count for nothing."""
    aid = begun(citizen)
    for _ in range(21):
        citizen.get(f"/book/{aid}/centre/{floor.centre.id}")
        citizen.submit(f"/centre/{floor.centre.id}", time="2001-01-01T03:00:00+00:00")
        assert citizen.page.status_code == 400
    assert citizen.path.startswith(f"/book/{aid}")
    time = citizen.page.text.rpartition('name="time" value="')[2].partition('"')[0]
    citizen.submit(f"/centre/{floor.centre.id}", time=time)
    assert (citizen.page.status_code, citizen.path) == (200, f"/book/{aid}")


@pytest.mark.parametrize("page", ["", "/details", "/centre", "/centre/{centre}", "/end"])
def test_somebody_elses_does_not_exist(floor: Floor, citizen: Member, page: str) -> None:
    """AC-095 for citizens: the same as a number that nobody has."""
    aid = booked(citizen, floor)
    stranger = floor.member(posted=False, group="citizen", ial=1)
    address = f"/book/{aid}{page.format(centre=floor.centre.id)}"
    assert stranger.get(address).status_code == 404
    if page not in {"", "/centre"}:
        assert stranger.send(address, time="2030-01-01T00:00:00+00:00").status_code == 404
    strange = stranger.get(f"/book/{'2' * 14}{page.format(centre=floor.centre.id)}")
    assert strange.status_code == 404


def test_a_time_that_is_gone_is_asked_for_again(floor: Floor, citizen: Member) -> None:
    """No time at all, none of this centre, and what is no time."""
    aid = begun(citizen)
    for time in ("", "soon", "2030-01-01T03:00:00", "2001-01-01T03:00:00+00:00"):
        citizen.get(f"/book/{aid}/centre/{floor.centre.id}")
        citizen.submit(f"/centre/{floor.centre.id}", time=time)
        assert citizen.page.status_code == 400, time
    assert citizen.get(f"/book/{aid}/centre/{floor.elsewhere.id}").status_code == 404


def test_who_is_not_signed_in_reads_what_it_is(floor: Floor) -> None:
    """And is led to a sign-in that comes back."""
    guest = floor.site.visitor()
    guest.get("/")
    assert "/book" in guest.links()
    assert guest.get("/book").status_code == 200
    assert "Sign in and begin" in guest.page.text
    assert guest.get("/book/begin", follow=False).status_code == 303


def test_today_shows_who_is_expected(floor: Floor, citizen: Member) -> None:
    """By time and number, and nothing else of them."""
    aid = begun(citizen)
    citizen.get(f"/book/{aid}/centre/{floor.centre.id}")
    time = citizen.page.text.rpartition('name="time" value="')[2].partition('"')[0]
    if not time.startswith(floor.site.services.clock.now().date().isoformat()):
        pytest.skip("no time of today is left")
    citizen.submit(f"/centre/{floor.centre.id}", time=time)
    officer = floor.member(Role.OFFICER)
    page = officer.get("/staff").text
    assert "Expected today" in page
    assert aid[10:] in page.partition("Expected today")[2]


def test_hours_that_cannot_be_are_shown_again(floor: Floor, admin: Member) -> None:
    """With what was typed, and the old ones stay."""
    for day, opens, closes in (("0", "12:00", "09:00"), ("1", "x", "09:00"), ("2", "09:00", "")):
        admin.get(f"/staff/centres/{floor.centre.id}/hours")
        admin.fill_in("/hours", {f"opens-{day}": opens, f"closes-{day}": closes})
        assert admin.page.status_code == 400
    officer = floor.member(Role.OFFICER)
    assert officer.get(f"/staff/centres/{floor.centre.id}/hours").status_code == 403
    assert officer.send(f"/staff/centres/{floor.centre.id}/hours").status_code == 403


def test_closed_days_open_again(floor: Floor, admin: Member) -> None:
    """A day can be closed, seen, and opened after all; not one that is over."""
    day = (floor.site.services.clock.now() + dt.timedelta(days=400)).date().isoformat()
    address = f"/staff/centres/{floor.centre.id}/closed-days"
    assert admin.send(address, day=day).status_code == 303
    assert day in admin.get(f"/staff/centres/{floor.centre.id}/hours").text
    assert admin.send(address, day=day, open="yes").status_code == 303
    assert day not in admin.get(f"/staff/centres/{floor.centre.id}/hours").text
    assert admin.send(address, day="2001-01-01").status_code == 400


@pytest.fixture(scope="module")
def practice(floor: Floor) -> Centre:
    """A centre for training."""
    with floor.site.app.app_context():
        made = floor.country().centres.add(OPERATOR, "PRACTICE1", "A centre to practise at", DISTRICT, training=True)
        assert isinstance(made, Centre), made
        db.session.commit()
        return made


def test_practice_is_marked_on_every_page_and_closed_to_records(floor: Floor, practice: Centre) -> None:
    """An application can be opened; nobody's record is looked at, changed or let back in from there."""
    officer = floor.member(Role.OFFICER, Role.SUPERVISOR, centre=practice)
    marked = "Nothing that is done here reaches the register"
    aid = officer.open()
    for address in ("/staff", f"/staff/cases/{aid}", "/staff/find", "/staff/review"):
        assert marked in officer.get(address).text, address
    for address in ("/counter", "/staff/visits", "/staff/search"):
        assert officer.get(address).status_code == 403, address
    for kind in ("update", "correction", "lost", "reenrol"):
        answer = officer.send("/staff/cases", kind=kind, key=f"01900000-0000-7000-8000-{hash(kind) % 10**12:012d}")
        assert answer.status_code == 409, kind
    assert marked not in floor.member(Role.OFFICER).get("/staff").text


def test_practice_is_said_when_the_centre_is_added(floor: Floor, admin: Member) -> None:
    """A box of the form; it stands in the list."""
    admin.get("/staff/centres")
    admin.submit("/centres", code="PRACTICE2", name="Training", division=DISTRICT, training="yes")
    assert "for training" in admin.page.text
    assert floor.audited("centre.opened")[-1]["training"] is True


def test_begun_too_often(floor: Floor, citizen: Member) -> None:
    """Ten at once are enough."""
    for number in range(10):
        citizen.send("/book/begin", kind="new", key=f"01900000-0000-7000-8000-0000000001{number:02d}")
    page = citizen.get("/book").text
    assert page.count("Not complete") == 10
    assert "as many as one account can have" in page
    assert citizen.send("/book/begin", kind="new", key="01900000-0000-7000-8000-000000000199").location == "/book"
