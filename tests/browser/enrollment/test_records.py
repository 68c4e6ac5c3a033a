"""Records suspended and given back, numbers instead of one's own, and a body's data erased: with refusal and undo."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.centres import Role
from enrollment.cli.erasing import erase_due
from enrollment.web.rooms import EXAMINER, OBJECTS
from tests.browser.enrollment.test_claiming import sound
from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.preview.application import served_at
from tests.chromium import PHONE, Browsers
from tests.factories.captures import WrittenExaminer
from tests.factories.floor import Floor, Member, with_floor
from tests.factories.records import Citizen, citizen
from tests.factories.vaults import cellar
from tests.factories.verification import EVERYTHING
from tests.integration.web.conftest import OpenSite, open_site
from tests.stack import Stack

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

DAY = 86_400
SMALL: ViewportSize = {"width": 1024, "height": 600}
_CODES = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4})+")


@dataclass(frozen=True, slots=True)
class Served:
    """A floor that is served, and its address."""

    floor: Floor
    origin: str

    def registrar(self, browser: Browser) -> Page:
        """A registrar's browser, without scripts, at a small screen."""
        context = browser.new_context(viewport=SMALL, locale="en-GB", java_script_enabled=False)
        return self._as(context.new_page(), self.floor.member(Role.REGISTRAR))

    def owner(self, browsers: Browsers, one: Citizen) -> Page:
        """A citizen's phone, signed in with a password and a code."""
        context = browsers.visitor(width=PHONE)
        secret = self.floor.sign_in(Member(self.floor, one.id), ("pwd", "otp", "mfa"), 2)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    def _as(self, page: Page, member: Member) -> Page:
        page.set_default_timeout(PATIENCE_MS)
        secret = self.floor.sign_in(member)
        page.context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        page.goto(f"{self.origin}/staff")
        Keyboard(page).follow("Suspended and erased")
        return page


@pytest.fixture(scope="module")
def served(open_site: OpenSite, stack: Stack, worker: str) -> Iterator[Served]:
    """The application with an object store, under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site, cellar(stack, worker) as held:
        floor = with_floor(site)
        site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        with served_at(site.app, port):
            yield Served(floor, f"http://localhost:{port}")


def appealed(served: Served, browsers: Browsers, reference: str, code: str) -> Page:
    """The person disagrees, on a phone, after a slip of the finger in the code."""
    phone = browsers.visitor(width=PHONE).new_page()
    phone.goto(f"{served.origin}/appeal")
    sound(phone, "Your record is suspended")
    phone.get_by_label("Number of the letter").fill(reference)
    phone.get_by_label("Code of the letter").fill("0000-0000-0000")
    phone.get_by_role("button", name="Show why").click()
    expect(phone.get_by_role("alert")).to_contain_text("do not belong together")
    phone.get_by_label("Code of the letter").fill(code)
    phone.get_by_role("button", name="Show why").click()
    expect(phone.get_by_text("Somebody else may be using the identity")).to_be_visible()
    phone.get_by_label("Say why").fill("The phone was lost, and found again.")
    sound(phone, "Your record is suspended")
    phone.get_by_role("button", name="Send what I say").click()
    expect(phone.get_by_role("status")).to_contain_text("We have what you say")
    return phone


def test_suspended_appealed_and_given_back_by_two(served: Served, browsers: Browsers) -> None:
    """Two registrars by keyboard without scripts; the person with the letter on a phone; then all is as before."""
    one = citizen(served.floor)
    desk = served.registrar(browsers.browser)
    sound(desk, "Suspended and erased records")
    keys = Keyboard(desk)
    keys.follow("Suspend a record")
    sound(desk, "Suspend a record")
    desk.get_by_label("National number").fill("123")
    desk.get_by_role("button", name="Show whose record it is").click()
    expect(desk.get_by_role("alert")).to_contain_text("Choose why")
    desk.get_by_label("National number").fill(one.nin)
    desk.get_by_label("Why").select_option("suspected_misuse")
    desk.get_by_role("button", name="Show whose record it is").click()
    expect(desk.get_by_text("T. B. S.")).to_be_visible()
    sound(desk, "Suspend a record")
    desk.get_by_role("button", name="Suspend this record").click()
    sound(desk, "Your identity record is suspended")
    reference, code = _CODES.findall(desk.locator(".receipt").inner_text())
    desk.get_by_role("link", name="Go back").click()
    sound(desk, f"Suspended record {reference}")

    phone = appealed(served, browsers, reference, code)
    desk.reload()
    expect(desk.get_by_text("You suspended this record. Another registrar decides the appeal.")).to_be_visible()
    second, third = served.registrar(browsers.browser), served.registrar(browsers.browser)
    for page in (second, third):
        page.get_by_role("link", name=reference.replace("-", "")).click()
    second.get_by_role("button", name="The person is right").click()
    expect(second.get_by_role("status")).to_contain_text("waits for a second registrar")
    third.reload()
    sound(third, f"Suspended record {reference}")
    third.get_by_role("button", name="Do not give it back").click()
    phone.goto(f"{served.origin}/appeal")
    phone.get_by_label("Number of the letter").fill(reference)
    phone.get_by_label("Code of the letter").fill(code)
    phone.get_by_role("button", name="Show why").click()
    expect(phone.get_by_text("You can say again that you disagree from")).to_be_visible()
    sound(phone, "Your record is suspended")
    second.goto(desk.url)
    second.get_by_label("Why").select_option("in_error")
    second.get_by_role("button", name="Ask a second registrar").click()
    third.goto(desk.url)
    third.get_by_role("button", name="Give the record back").click()
    expect(third.get_by_role("status")).to_contain_text("in use again")
    second.goto(desk.url)
    expect(second.get_by_text("Given back", exact=False).first).to_be_visible()
    owner = served.owner(browsers, one)
    owner.goto(f"{served.origin}/account/record")
    sound(owner, "Your record in the register")
    expect(owner.get_by_text("Somebody else may be using the identity")).to_be_visible()


def test_a_number_instead_of_ones_own_and_a_body_erased(served: Served, browsers: Browsers) -> None:
    """On a phone: a number made and taken back; face and fingers asked to go, kept, asked again, gone, with a proof."""
    one = citizen(served.floor, body=EVERYTHING)
    page = served.owner(browsers, one)
    page.goto(f"{served.origin}/account")
    page.get_by_role("link", name="Your record in the register").click()
    sound(page, "Your record in the register")
    page.get_by_role("link", name="Numbers to show instead of yours").click()
    sound(page, "Numbers to show instead of yours")
    page.get_by_label("Days", exact=True).fill("900")
    page.get_by_text("For some days").click()
    page.get_by_role("button", name="Make a number").click()
    expect(page.get_by_role("alert")).to_contain_text("from 1 to 90")
    page.get_by_label("Days", exact=True).fill("3")
    page.get_by_role("button", name="Make a number").click()
    expect(page.get_by_role("status")).to_contain_text("The number is made")
    sound(page, "Numbers to show instead of yours")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("taken back")

    page.goto(f"{served.origin}/account/body")
    sound(page, "Your face and fingers in the register")
    page.get_by_role("button", name="Erase them in 24 hours").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    page.get_by_text("Yes, I take my consent back").click()
    page.get_by_role("button", name="Erase them in 24 hours").click()
    sound(page, "Your face and fingers in the register")
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_role("status")).to_contain_text("They are kept")
    page.get_by_text("Yes, I take my consent back").click()
    page.get_by_role("button", name="Erase them in 24 hours").click()
    served.floor.site.clock.advance(DAY + 1)
    with served.floor.site.app.test_request_context():
        assert erase_due() == 1
    again = served.owner(browsers, one)
    again.goto(f"{served.origin}/account/body")
    expect(again.get_by_text("Nothing of your body is kept.")).to_be_visible()
    again.locator("main a[href*='/proof/']").click()
    sound(again, "Proof that something was erased")
    again.goto(f"{served.origin}/account/history")
    expect(again.get_by_text("Your face and fingers were erased", exact=True)).to_be_visible()


def test_a_record_is_asked_to_be_erased_and_stopped(served: Served, browsers: Browsers) -> None:
    """A second registrar agrees; within the week anybody of them stops it."""
    one = citizen(served.floor)
    first = served.registrar(browsers.browser)
    Keyboard(first).follow("Erase a record")
    first.get_by_label("National number").fill(one.nin)
    first.get_by_label("Why").select_option("court_order")
    first.get_by_role("button", name="Show whose record it is").click()
    sound(first, "Erase a record")
    first.get_by_role("button", name="Ask for this record to be erased").click()
    expect(first.get_by_role("status")).to_contain_text("waits for a second registrar")
    expect(first.get_by_text("A colleague decides")).to_be_visible()
    second = served.registrar(browsers.browser)
    second.locator("#erasures ~ .scroll a").last.click()
    sound(second, "Erasing a record")
    second.get_by_role("button", name="Agree: erase it in a week").click()
    expect(second.get_by_role("status")).to_contain_text("carried out in a week")
    first.locator("#erasures ~ .scroll a").last.click()
    first.get_by_role("button", name="Stop it").click()
    expect(first.get_by_role("status")).to_contain_text("It was stopped")
