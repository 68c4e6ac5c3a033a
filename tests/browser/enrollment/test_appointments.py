"""A visit prepared at home and a centre for training, by keyboard and without scripts, on small screens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.booking import Hours
from enrollment.centres import OPERATOR, Centre, Role
from enrollment.cli.booking_tasks import ROUNDS
from enrollment.web.booking_rooms import openings
from idp.web.extensions import db
from tests.browser.keyboard import PATIENCE_MS, Keyboard, reads, shown
from tests.browser.preview.application import served_at
from tests.factories.centres import DISTRICT
from tests.factories.floor import Floor, Member, with_floor
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

STATION: ViewportSize = {"width": 1024, "height": 600}
PHONE: ViewportSize = {"width": 360, "height": 740}
DAY = 86_400
MARK = "Nothing that is done here reaches the register"


@dataclass(frozen=True, slots=True)
class Served:
    """A floor that is served, whose first centre gives appointments on every day."""

    floor: Floor
    browser: Browser
    origin: str

    @contextmanager
    def at(self, member: Member | None, size: ViewportSize = PHONE) -> Iterator[Keyboard]:
        """Somebody at a browser without scripts; None is signed in nowhere."""
        context = self.browser.new_context(viewport=size, locale="en-GB", java_script_enabled=False)
        context.set_default_timeout(PATIENCE_MS)
        if member is not None:
            secret = self.floor.sign_in(member)
            context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        yield Keyboard(context.new_page())
        context.close()

    def citizen(self) -> Member:
        """Somebody with an account and no number."""
        return self.floor.member(posted=False, group="citizen", ial=1)


@pytest.fixture(scope="module")
def served(open_site: OpenSite, browser: Browser) -> Iterator[Served]:
    """The application under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with site.app.test_request_context():
            hours = [Hours(day, dt.time(8), dt.time(20), 30, 2) for day in range(7)]
            assert openings().set_hours(OPERATOR, floor.centre.id, hours) is None
            db.session.commit()
        with served_at(site.app, port):
            yield Served(floor, browser, f"http://localhost:{port}")
        site.clock.reset()


def written(served: Served, hands: Keyboard) -> str:
    """From the first page to the choice of a centre, with a mistake on the way; the number of the application."""
    hands.page.goto(f"{served.origin}/book")
    reads(hands.page, "Who is it for?")
    hands.press("Begin")
    shown(hands.page, "Who is it for?")
    hands.fill("First names", "Testa")
    hands.fill("Family name", "Person")
    hands.fill("Date of birth", "31-02-1990")
    hands.pick("Female")
    hands.fill("Lives in district or chiefdom", "Bo")
    hands.tick("Nobody can be reached")
    hands.press("Go on to the centre and the time")
    reads(hands.page, "There is a problem", "Date of birth: This cannot be read")
    hands.fill("Date of birth", "28-02-1990")
    hands.press("Go on to the centre and the time")
    shown(hands.page, "Where do you want to go?")
    return hands.page.url.split("/")[-2]


def booked(hands: Keyboard, centre: Centre, time: str) -> None:
    """A time of the next day at that centre."""
    hands.follow(centre.name)
    shown(hands.page, "When do you want to come?")
    hands.page.locator(".days a").first.click()
    hands.press("Book this time")
    reads(hands.page, "Choose a time")
    hands.pick(time)
    hands.press("Book this time")
    shown(hands.page, "Your appointment")
    reads(hands.page, time, centre.name, "Bring with you")


def test_a_visit_is_prepared_changed_given_up_and_made_elsewhere(served: Served) -> None:
    """Booked, booked anew, given up; another one walks in at another centre, where what was written is there."""
    floor, citizen = served.floor, served.citizen()
    with served.at(citizen) as home:
        written(served, home)
        booked(home, floor.centre, "09:00")
        home.follow("Choose another time")
        shown(home.page, "Where do you want to go?")
        booked(home, floor.centre, "15:30")
        home.follow("Give it up")
        shown(home.page, "Give this application up?")
        home.press("Give it up")
        reads(home.page, "your place is free for somebody else")
        aid = written(served, home)
        booked(home, floor.centre, "10:30")
        with served.at(floor.member(Role.OFFICER, centre=floor.elsewhere), STATION) as desk:
            desk.page.goto(f"{served.origin}/staff/find")
            desk.fill("Number on the receipt, typed or scanned", aid)
            desk.press("Find by number")
            desk.press("Go on with the capture")
            expect(desk.page.locator("#family_name")).to_have_value("Person", timeout=PATIENCE_MS)
        home.page.reload()
        shown(home.page, "This is not possible any more")
    with served.at(None) as anybody:
        anybody.page.goto(f"{served.origin}/track")
        anybody.fill("Number of your application", aid)
        anybody.press("Show where it is")
        reads(anybody.page, "Being written down at the centre")


def test_who_did_not_come_is_told_and_may_begin_again(served: Served) -> None:
    """After its day the application waits; then it is over, at home and by its number."""
    citizen = served.citizen()
    with served.at(citizen) as home:
        aid = written(served, home)
        booked(home, served.floor.centre, "11:00")
    for days, said in ((3, "The appointment is over. Come to any centre before"), (14, "")):
        served.floor.site.clock.advance(days * DAY)
        with served.floor.site.app.test_request_context():
            for name in ("booking.settle", "booking.expire"):
                ROUNDS[name][1]()
        with served.at(citizen) as home:
            home.page.goto(f"{served.origin}/book")
            reads(home.page, said, "Begin")
            assert (aid[-4:] in home.page.locator("main").inner_text()) is bool(said)
    with served.at(citizen) as home:
        home.page.goto(f"{served.origin}/book/{aid}")
        shown(home.page, "This is not possible any more")
        home.follow("What I have begun")
        written(served, home)


def test_practice_is_marked_on_each_page_and_reaches_nobody(served: Served) -> None:
    """Whoever is posted to a centre for training reads so everywhere; records of people stay closed to them."""
    floor = served.floor
    with floor.site.app.app_context():
        made = floor.country().centres.add(OPERATOR, "PRACTICE", "A centre to practise at", DISTRICT, training=True)
        assert isinstance(made, Centre), made
        db.session.commit()
    trainee = floor.member(Role.OFFICER, Role.SUPERVISOR, centre=made)
    with served.at(trainee, STATION) as desk:
        desk.page.goto(f"{served.origin}/staff")
        reads(desk.page, MARK)
        desk.press("Open an application")
        expect(desk.page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
        case = desk.page.url
        desk.page.goto(f"{case}/sign")
        reads(desk.page, MARK, "Something is still missing")
        floor.fill(trainee, case.rpartition("/")[2])
        for page in ("capture/face", "capture/fingers", "preview", "sign"):
            desk.page.goto(f"{case}/{page}")
            reads(desk.page, MARK)
        desk.press("Sign and print the receipt")
        shown(desk.page, "Receipt")
        desk.page.emulate_media(media="print")
        assert desk.page.get_by_text(MARK).evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
        edges = [desk.page.locator(one).first.bounding_box() for one in (".brand", "h1", ".training")]
        assert len({one and round(one["x"]) for one in edges}) == 1, edges
        desk.page.emulate_media(media="screen")
        desk.page.goto(f"{served.origin}/staff/review")
        reads(desk.page, MARK)
        bar = desk.page.locator(".staffbar").bounding_box()
        assert bar is not None
        assert bar["height"] < 100
        desk.unfold("More")
        desk.follow("Hand over")
        reads(desk.page, MARK)
        desk.follow("Check a person")
        reads(desk.page, "Nothing there is about real people")
    with served.at(served.citizen()) as home:
        written(served, home)
        assert made.name not in home.page.content()
