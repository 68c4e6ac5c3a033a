"""A lost number, a child of five, and a record made anew: at the counter, with refusal and undo, and what is seen.

Staff by keyboard and without scripts on a small screen, citizens on a phone. Bodies are made up; the search is the
worker's own, called in this process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from embedded.ports import free_ports
from enrollment.cases import Kind, State, grouped
from enrollment.cases.errands import INTAKE, ISSUE
from enrollment.cases.models import ApplicationRow
from enrollment.centres import Actor, Role
from enrollment.cli.deduplicating import FOLDER, forget_index
from enrollment.cli.deduplication_tasks import TASKS as SEARCHES
from enrollment.cli.issuance_tasks import TASKS as ISSUES
from enrollment.cli.life_tasks import ROUNDS
from enrollment.deduplication.search import DEDUPLICATE
from enrollment.errors import Refusal
from enrollment.gallery.local import LocalGallery
from enrollment.web.centre_rooms import identifiers, register
from enrollment.web.rooms import EXAMINER, OBJECTS, members
from idp.web.extensions import db
from tests.browser.keyboard import PATIENCE_MS, Keyboard, reads, shown
from tests.browser.preview.application import served_at
from tests.factories.centres import DISTRICT
from tests.factories.deduplication import Bureau, Cellar, Shelf, SyntheticExaminer, details, local_gallery
from tests.factories.floor import Floor, Member, with_floor
from tests.factories.issuing import FEW
from tests.factories.records import citizen
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

STATION: ViewportSize = {"width": 1024, "height": 600}
PHONE: ViewportSize = {"width": 360, "height": 740}
DAY = 86_400
HERE = {"address_division": DISTRICT}


@dataclass(frozen=True, slots=True)
class Town:
    """A floor that is served, the worker's part of it in this process, and somebody of each role."""

    floor: Floor
    browser: Browser
    origin: str
    cellar: Cellar
    unused: LocalGallery

    def registered(self, body: int, kind: Kind = Kind.NEW, **more: Any) -> tuple[str, UUID]:
        """Somebody with this body and a number; the number, and the account that waits for a slip."""
        with self._bureau() as bureau:
            aid = bureau.approved(body, kind=kind, positions=FEW, **(HERE | more))
            db.session.commit()
        self.work(aid)
        with self.floor.site.app.test_request_context():
            row = self._row(aid)
            assert row.state == State.BOUND, row.state
            assert row.person_id is not None
            assert row.subscriber_id is not None
            number = identifiers().nin_of(row.person_id)
            assert number is not None
            return number, row.subscriber_id

    def captured(self, officer: Member, aid: str, body: int, **more: Any) -> None:
        """Whatever an application needs but what is asked beside its form: as the officer's own hand left it."""
        with self._bureau() as bureau:
            found = members().actor(officer.id, self.floor.site.services.clock.now())
            assert isinstance(found, Actor)
            bureau.counter.officer = found
            bureau.capture(aid, body, 1, positions=FEW, **(details(body) | HERE | more))
            assert not isinstance(bureau.desk.compare(found, aid), Refusal)
            db.session.commit()

    def work(self, aid: str) -> None:
        """What workers do about an application that was approved."""
        with self.floor.site.app.test_request_context():
            SEARCHES[INTAKE](aid=aid)
            SEARCHES[DEDUPLICATE](aid=aid)
            ISSUES[ISSUE](aid=aid)

    def state(self, aid: str) -> State:
        """Where an application is."""
        with self.floor.site.app.test_request_context():
            return State(self._row(aid).state)

    def versions(self, aid: str) -> int:
        """How many versions there are of the record that an application is about."""
        with self.floor.site.app.test_request_context():
            person_id = self._row(aid).person_id
            assert person_id is not None
            return len(register().history(person_id))

    @contextmanager
    def at_work(self, member: Member) -> Iterator[Keyboard]:
        """Somebody of the staff at a page, by keyboard and without scripts."""
        with self._page(STATION, self.floor.sign_in(member)) as page:
            page.goto(f"{self.origin}/staff")
            yield Keyboard(page)

    @contextmanager
    def at_home(self, account: UUID | None = None) -> Iterator[Page]:
        """A phone; signed in where it says as whom."""
        secret = None if account is None else self.floor.sign_in(Member(self.floor, account), ("pwd", "otp", "mfa"), 2)
        with self._page(PHONE, secret) as page:
            yield page

    @contextmanager
    def _page(self, size: ViewportSize, secret: str | None) -> Iterator[Page]:
        context = self.browser.new_context(viewport=size, locale="en-GB", java_script_enabled=False)
        context.set_default_timeout(PATIENCE_MS)
        if secret:
            context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        yield context.new_page()
        context.close()

    @contextmanager
    def _bureau(self) -> Iterator[Bureau]:
        with self.floor.site.app.test_request_context():
            yield Bureau(self.cellar, db.session(), self.unused)

    @staticmethod
    def _row(aid: str) -> ApplicationRow:
        return db.session.scalars(select(ApplicationRow).where(ApplicationRow.aid == aid)).one()


@pytest.fixture(scope="module")
def town(open_site: OpenSite, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The application under an address of its own, with made-up bodies."""
    (port,) = free_ports(1)
    folder = tmp_path_factory.mktemp("town")
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        shelf, shared = Shelf(), site.services
        cellar = Cellar(shelf, keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # the moved clock
        own = {OBJECTS: shelf, EXAMINER: SyntheticExaminer(), FOLDER: folder / "indexes"}
        site.app.extensions |= own
        # Made once: it takes longer than all that is asked of a bureau here, where the worker's own index is searched.
        with served_at(site.app, port), closing(local_gallery(cellar, folder / "unused")) as unused:
            yield Town(with_floor(site), browser, f"http://localhost:{port}", cellar, unused)
        with site.app.app_context():
            forget_index()
        site.clock.reset()


def opened(hands: Keyboard, kind: str, number: str = "") -> str:
    """An application of this kind; its number."""
    hands.page.locator("#kind").select_option(kind)
    if number:
        hands.fill("National number, for who has one", number)
    hands.press("Open an application")
    expect(hands.page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
    return hands.page.url.rpartition("/")[2].partition("?")[0]


def signed(town: Town, hands: Keyboard, aid: str) -> None:
    """By the officer, for whom the receipt comes."""
    hands.page.goto(f"{town.origin}/staff/cases/{aid}/sign")
    hands.press("Sign and print the receipt")
    expect(hands.page.locator(".receipt")).to_be_visible(timeout=PATIENCE_MS)


def approved(town: Town, supervisor: Member, aid: str, *seen: str) -> None:
    """By the supervisor, who reads it; then the workers are asked."""
    with town.at_work(supervisor) as hands:
        hands.page.goto(f"{town.origin}/staff/review/{aid}")
        hands.press("Take it up")
        reads(hands.page, "Your decision", *seen)
        for tick in hands.page.locator("[name^=tick-]").all():
            tick.select_option(index=1)
        hands.press("Approve")
        shown(hands.page, "Review")
    town.work(aid)


def given_up(hands: Keyboard) -> None:
    """From the end of a long form."""
    hands.reach(hands.page.locator("summary", has_text="Give this application up"), back=True)
    hands.page.keyboard.press("Enter")
    hands.press("Give it up")
    reads(hands.page, "The application was given up")


def asked_after(town: Town, aid: str, *said: str) -> None:
    """What anybody with the receipt reads of it, on a phone."""
    with town.at_home() as page:
        page.goto(f"{town.origin}/track")
        page.get_by_label("Number of your application").fill(grouped(aid))
        page.get_by_role("button", name="Show where it is").click()
        reads(page, *said)


def slip_of(hands: Keyboard, town: Town, aid: str) -> str:
    """The code on the slip that the officer prints."""
    hands.page.goto(f"{town.origin}/staff/cases/{aid}/slip")
    hands.tick("The person stands here")
    hands.press("Print the slip")
    shown(hands.page, "Slip for your account")
    return hands.page.locator(".receipt .code.aid").last.inner_text()


def test_a_lost_number_is_found_by_the_body_and_one_fact(town: Town) -> None:
    """Right: a slip for that number. Wrong: two people look. Nobody of that body: captured again, or given up."""
    number, account = town.registered(1)
    officer, supervisor = town.floor.member(Role.OFFICER), town.floor.member(Role.SUPERVISOR)
    ended = {}
    with town.at_work(officer) as hands:
        for body, fact in ((1, details(1)["birth_date"]), (1, "1980-01-01"), (9, details(1)["birth_date"])):
            hands.page.goto(f"{town.origin}/staff")
            aid = opened(hands, "lost")
            reads(hands.page, "without it two people must look")
            hands.follow("One fact that the person tells")
            hands.press("Keep this fact")
            reads(hands.page, "Write down what the person says")
            hands.page.get_by_label("What the person tells").select_option("birth_date")
            hands.fill("What they say", fact)
            hands.press("Keep this fact")
            expect(hands.page.locator("main")).not_to_contain_text("without it two people must look")
            town.captured(officer, aid, body)
            signed(town, hands, aid)
            approved(town, supervisor, aid)
            ended[aid] = town.state(aid)
        right, wrong, nobody = ended
        assert list(ended.values()) == [State.BOUND, State.ADJUDICATION, State.RECAPTURE]
        code = slip_of(hands, town, right)
        reads(hands.page, f"{number[:3]} {number[3:7]} {number[7:]}")
        for aid in (wrong, nobody):
            hands.page.goto(f"{town.origin}/staff/cases/{aid}")
            assert details(1)["family_name"] not in hands.page.content()
        given_up(hands)
    asked_after(town, wrong, "Two people look at it carefully")
    asked_after(town, nobody, "This application is over")
    with town.at_home() as page:
        page.goto(f"{town.origin}/claim")
        page.get_by_label("Number of your application").fill(grouped(right))
        page.get_by_label("Code on the slip").fill(code)
        page.get_by_role("button", name="Check the slip").click()
        shown(page, "Choose how you will sign in")
    with town.at_home(account) as page:
        page.goto(f"{town.origin}/account/history")
        reads(page, "A new activation slip was printed")


def test_a_child_of_five_comes_again_with_its_guardian(town: Town) -> None:
    """A guardian of age is noted, and told in the month after the birthday; given up once; then another version."""
    first = town.floor.site.services.clock.now().date().replace(day=1)
    guardian, minor = citizen(town.floor), citizen(town.floor, birth_date=f"{first.year - 6}-01-01")
    born = (first + dt.timedelta(days=32)).replace(day=1)
    born = born.replace(year=born.year - 5)
    said = {"birth_date": born.isoformat(), "guardian_name": "Testa Mother", "guardian_relation": "mother"}
    officer = town.floor.member(Role.OFFICER)
    with town.at_work(officer) as hands:
        aid = opened(hands, "child")
        hands.follow("Guardian with a number")
        for wrong, why in (("123", "This is not a national number"), (minor.nin, "cannot be the guardian")):
            hands.fill("National number of the guardian", wrong)
            hands.press("Note this guardian")
            reads(hands.page, why)
        hands.fill("National number of the guardian", guardian.nin)
        hands.press("Note this guardian")
        expect(hands.page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
        town.captured(officer, aid, 2, **said)
        signed(town, hands, aid)
    supervisor = town.floor.member(Role.SUPERVISOR)
    approved(town, supervisor, aid, "Testa Mother")
    assert town.state(aid) is State.BOUND
    with town.floor.site.app.test_request_context():
        assert ROUNDS["life.children"][1]() == 0
    town.floor.site.clock.advance(70 * DAY)
    with town.floor.site.app.test_request_context():
        assert ROUNDS["life.children"][1]() == 1
        person_id = Town._row(aid).person_id
        assert person_id is not None
        number = identifiers().nin_of(person_id)
    assert number is not None
    with town.at_home(guardian.id) as page:
        page.goto(f"{town.origin}/account/history")
        reads(page, "it is time for a child of yours to be captured anew", "recorded as the guardian of a child")
        assert number not in page.content()
    again(town, number, said)


def again(town: Town, number: str, said: dict[str, str]) -> None:
    """At the counter at five: begun and given up, begun again, and recorded."""
    officer, supervisor = town.floor.member(Role.OFFICER), town.floor.member(Role.SUPERVISOR)
    with town.at_work(officer) as hands:
        first = opened(hands, "reenrol", number)
        given_up(hands)
        aid = opened(hands, "reenrol", number)
        town.captured(officer, aid, 2, **said)
        signed(town, hands, aid)
    approved(town, supervisor, aid, "What changes")
    assert (town.state(first), town.state(aid), town.versions(aid)) == (State.CANCELLED, State.BOUND, 2)
    asked_after(town, aid, "Your number is ready")


def test_a_record_is_made_anew_by_its_own_body(town: Town) -> None:
    """A number that is none, another body, and then the person: another version, which they read of."""
    number, account = town.registered(3)
    officer, supervisor = town.floor.member(Role.OFFICER), town.floor.member(Role.SUPERVISOR)
    with town.at_work(officer) as hands:
        hands.page.locator("#kind").select_option("reenrol")
        hands.fill("National number, for who has one", "123")
        hands.press("Open an application")
        reads(hands.page, "This is not a national number")
        hands.page.goto(f"{town.origin}/staff")
        strange = opened(hands, "reenrol", number)
        town.captured(officer, strange, 7, **details(3))
        signed(town, hands, strange)
        approved(town, supervisor, strange)
        hands.page.goto(f"{town.origin}/staff")
        aid = opened(hands, "reenrol", number)
        town.captured(officer, aid, 3, family_name="Newname")
        signed(town, hands, aid)
    approved(town, supervisor, aid, "What changes", details(3)["family_name"], "Newname")
    assert (town.state(strange), town.state(aid), town.versions(aid)) == (State.ADJUDICATION, State.BOUND, 2)
    with town.at_home(account) as page:
        page.goto(f"{town.origin}/account/history")
        reads(page, "Your entry in the register was changed")
