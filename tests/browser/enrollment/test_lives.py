"""Events of people's lives in a browser, with their refusals and their undoing, and what the person sees of them.

Staff by keyboard and without scripts on a small screen, citizens on a phone; the provider and its worker are real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect
from sqlalchemy import select, update

from enrollment.cases.models import ApplicationRow
from enrollment.centres import Role
from enrollment.register.models import PersonRow
from idp.sessions.store import SessionStart
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.rooms import sessions
from tests.browser.keyboard import PATIENCE_MS, Keyboard, reads, shown
from tests.factories.beside import site_beside
from tests.factories.claims import Claimant, bound
from tests.factories.faces import drawn_face
from tests.factories.floor import Floor, Member, with_floor
from tests.live import LiveServer

pytestmark = pytest.mark.browser

STATION: ViewportSize = {"width": 1024, "height": 600}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass(frozen=True, slots=True)
class Country:
    """A provider with its worker, and a centre with its staff."""

    live: LiveServer
    floor: Floor
    browser: Browser

    def settled(self) -> Claimant:
        """Somebody with a number and an account that is in use."""
        made = bound(self.floor)
        with self.floor.site.app.app_context():
            in_use = update(SubscriberRow).where(SubscriberRow.id == made.subscriber_id)
            db.session.execute(in_use.values(state="active"))
            ended = update(ApplicationRow).where(ApplicationRow.aid == made.aid)
            db.session.execute(ended.values(person_id=made.person_id, state="claimed"))
            db.session.commit()
        return made

    @contextmanager
    def at_work(self, member: Member) -> Iterator[Keyboard]:
        """Somebody of the staff at a page, by keyboard and without scripts."""
        secret = self.floor.sign_in(member)
        with self._page(STATION, secret) as page:
            page.goto(f"{self.live.issuer}/staff")
            yield Keyboard(page)

    @contextmanager
    def at_home(self, who: Claimant) -> Iterator[Page]:
        """The history of somebody who is signed in on a phone."""
        with self.floor.site.app.test_request_context():
            secret = sessions().start(SessionStart(who.subscriber_id, ("pwd",), 1, None)).secret
            db.session.commit()
        with self._page(PHONE, secret) as page:
            page.goto(f"{self.live.issuer}/account/history")
            yield page

    def work(self) -> None:
        """Whatever waits for the worker is done."""
        self.live.command("worker", "--once")

    def status(self, who: Claimant) -> str:
        """Where a record is."""
        with self.floor.site.app.app_context():
            return db.session.scalars(select(PersonRow.status).where(PersonRow.id == who.person_id)).one()

    @contextmanager
    def _page(self, size: ViewportSize, secret: str) -> Iterator[Page]:
        context = self.browser.new_context(viewport=size, locale="en-GB", java_script_enabled=False)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.live.issuer}])
        page = context.new_page()
        yield page
        context.close()


@pytest.fixture(scope="module")
def country(start_server: Callable[..., LiveServer], browser: Browser) -> Iterator[Country]:
    """All of it."""
    live = start_server(settings={"WANGOV_EMBEDDED": "true"})
    with site_beside(live) as site:
        yield Country(live, with_floor(site), browser)


def opens(hands: Keyboard, number: str) -> None:
    """A record, from the first page of deaths and merges."""
    hands.follow("Deaths and merges")
    shown(hands.page, "Deaths and merges")
    hands.fill("National number", number)
    hands.press("Open the record")
    shown(hands.page, "Record of a person")


def test_a_death_is_reported_returned_approved_and_taken_back(country: Country) -> None:
    """The person's sessions end with it; afterwards they sign in again and read what happened."""
    who = country.settled()
    first, second = (country.floor.member(Role.REGISTRAR, posted=False) for _ in range(2))
    with country.at_home(who) as home:
        reads(home, "You were given your national number")
        with country.at_work(first) as hands:
            opens(hands, who.nin)
            hands.unfold("The person has died")
            hands.press("Report the death")
            reads(hands.page, "Paper of the civil register")
            address = hands.page.url
            hands.press("Save the paper")
            reads(hands.page, "Enter the number under which the civil register has the death.")
            signed(hands, "CR 12/2030")
        with country.at_work(second) as hands:
            hands.page.goto(address)
            hands.press("Look at it as the second registrar")
            hands.unfold("Something is missing")
            hands.press("Return it to the first registrar")
            reads(hands.page, "Returned")
        with country.at_work(first) as hands:
            hands.page.goto(address)
            expect(hands.page.get_by_role("button", name="Approve the report")).to_have_count(0)
            hands.press("Take the report up again")
            hands.press("Sign the report")
            reads(hands.page, "Signed: now another registrar looks at it")
        with country.at_work(second) as hands:
            hands.page.goto(address)
            hands.press("Look at it as the second registrar")
            hands.press("Approve the report")
            reads(hands.page, "Approved")
        country.work()
        assert country.status(who) == "deceased"
        home.reload()
        shown(home, "Sign in")
    with country.at_work(first) as hands:
        opens(hands, who.nin)
        reads(hands.page, "Recorded as dead")
        hands.press("Ask for the death to be taken back")
        reads(hands.page, "now another registrar decides")
        address = hands.page.url
        expect(hands.page.get_by_role("button", name="I agree: do it")).to_have_count(0)
    with country.at_work(second) as hands:
        hands.page.goto(address)
        hands.press("I agree: do it")
        reads(hands.page, "It is done", "Good")
    with country.at_home(who) as home:
        reads(home, "A death was recorded", "The report of a death was taken back")
        assert who.nin not in home.content()


def signed(hands: Keyboard, reference: str) -> None:
    """The paper with its picture, and the first registrar's signature."""
    hands.fill("Number in the civil register", reference)
    file: FilePayload = {"name": "paper.png", "mimeType": "image/png", "buffer": drawn_face(3)}
    hands.page.locator("#picture").set_input_files(file)
    hands.press("Save the paper")
    reads(hands.page, "The paper was saved")
    hands.press("Sign the report")
    reads(hands.page, "Signed: now another registrar looks at it")


def test_a_merge_is_refused_made_and_taken_back(country: Country) -> None:
    """Both records are read before; both people see each step, and each keeps their account."""
    kept, closed = country.settled(), country.settled()
    first, second = (country.floor.member(Role.REGISTRAR, posted=False) for _ in range(2))
    for answer, said in (("I do not agree", "Refused: nothing was changed"), ("I agree: do it", "It is done")):
        with country.at_work(first) as hands:
            opens(hands, kept.nin)
            hands.unfold("The person has another record, too")
            hands.fill("National number of the other record", closed.nin)
            hands.press("Compare the two")
            shown(hands.page, "Are these one person?")
            hands.press("Ask for these two to be made one")
            reads(hands.page, "now another registrar decides")
            address = hands.page.url
        with country.at_work(second) as hands:
            hands.page.goto(address)
            hands.press(answer)
            reads(hands.page, said)
    assert country.status(closed) == "merged"
    with country.at_work(first) as hands:
        opens(hands, closed.nin)
        reads(hands.page, "Merged into another record")
        opens(hands, kept.nin)
        hands.unfold("A merge was wrong: they are two people")
        hands.press("Ask for this merge to be taken back")
        reads(hands.page, "now another registrar decides")
        address = hands.page.url
    with country.at_work(second) as hands:
        hands.page.goto(address)
        hands.press("I agree: do it")
        reads(hands.page, "It is done")
    assert country.status(closed) == "active"
    for who in (kept, closed):
        with country.at_home(who) as home:
            reads(home, "did not agree that two records", "Two records of yours were made one", "taken apart again")


def test_a_change_is_compared_returned_and_recorded(country: Country) -> None:
    """An update with its paper and nothing of the body: the supervisor sees what changes, returns it once, approves.

    A correction takes it back; what is our own mistake costs nothing and has its day.
    """
    who = country.settled()
    officer, supervisor = country.floor.member(Role.OFFICER), country.floor.member(Role.SUPERVISOR)
    for kind, family, told in (("update", "Newname", None), ("correction", "Sampleton", "costs nothing")):
        aid = opened(country, officer, who, kind, told)
        filled(country, officer, aid, family)
        with country.at_work(officer) as hands:
            confirmed(hands, country, aid)
            hands.page.goto(f"{country.live.issuer}/staff/cases/{aid}/sign")
            hands.press("Sign and print the receipt")
            reads(hands.page, family)
        if kind == "update":
            with country.at_work(supervisor) as hands:
                hands.page.goto(f"{country.live.issuer}/staff/review/{aid}")
                hands.press("Take it up")
                reads(hands.page, "What changes", "Sampleton", "Newname")
                hands.page.locator("[name=return_reason]").select_option("documents")
                hands.press("Return")
                shown(hands.page, "Review")
            with country.at_work(officer) as hands:
                hands.page.goto(f"{country.live.issuer}/staff/cases/{aid}")
                reads(hands.page, "A document is missing or cannot be read")
                hands.press("Go on with the capture")
                reads(hands.page, "Consent was given")
                confirmed(hands, country, aid)
                hands.page.goto(f"{country.live.issuer}/staff/cases/{aid}/sign")
                hands.press("Sign and print the receipt")
                reads(hands.page, family)
        with country.at_work(supervisor) as hands:
            hands.page.goto(f"{country.live.issuer}/staff/review/{aid}")
            hands.press("Take it up")
            hands.press("Approve")
            shown(hands.page, "Review")
        country.work()
        with country.at_home(who) as home:
            reads(home, "Your entry in the register was changed")
    with country.at_home(who) as home:
        assert home.get_by_text("This was not right: Your entry in the register was changed").count() == 2


def opened(country: Country, officer: Member, who: Claimant, kind: str, told: str | None) -> str:
    """The application, by the national number; a wrong one is refused first."""
    with country.at_work(officer) as hands:
        for number, said in (("123", "This is not a national number"), (who.nin, told or "The person agrees")):
            hands.page.locator("#kind").select_option(kind)
            hands.fill("National number, for who has one", number)
            hands.press("Open an application")
            reads(hands.page, said)
        return hands.page.url.rpartition("/")[2]


def filled(country: Country, officer: Member, aid: str, family: str) -> None:
    """What the person says by now, and their paper."""
    country.floor.fill(officer, aid, confirm=False, captured=False)
    officer.send(f"/staff/cases/{aid}/save/person", family_name=family, given_names="Testa Binta")


def confirmed(hands: Keyboard, country: Country, aid: str) -> None:
    """The second screen, where there is something to confirm."""
    hands.page.goto(f"{country.live.issuer}/staff/cases/{aid}/preview")
    button = hands.page.get_by_role("button", name="Yes, this is right")
    if button.count():
        hands.press("Yes, this is right")
        shown(hands.page, "Thank you")
