"""Whoever holds a slip claims the account: with a passkey on a phone, or by keyboard without any script."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.cases import grouped
from enrollment.centres import Role
from tests.browser.barriers import barriers
from tests.browser.keyboard import PATIENCE_MS, Keyboard, shown
from tests.browser.preview.application import served_at
from tests.browser.test_passkeys import WITHOUT_AUTOFILL, Device
from tests.chromium import PHONE, Browsers
from tests.factories.claims import bound
from tests.factories.floor import Floor, with_floor
from tests.factories.visits import asks_for_visit
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

PASSWORD = "four wet umbrellas sing to nobody"
NEW = "seven green ladders under the rain"
SMALL: ViewportSize = {"width": 1024, "height": 600}


@dataclass(frozen=True, slots=True)
class Served:
    """A floor that is served, and its address."""

    floor: Floor
    origin: str

    def staff(self, browser: Browser, *roles: Role) -> Page:
        """A browser at a small screen, in which somebody with these roles is signed in."""
        context = browser.new_context(viewport=SMALL, locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        secret = self.floor.sign_in(self.floor.member(*roles))
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        return context.new_page()


@pytest.fixture(scope="module")
def served(open_site: OpenSite) -> Iterator[Served]:
    """The application with the floors of the registration centre, under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with served_at(site.app, port):
            yield Served(floor, f"http://localhost:{port}")


def sound(page: Page, heading: str) -> None:
    """The page has come, is no wider than the screen, and has no barrier that scripts, where there are any, find."""
    shown(page, heading)
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], heading
    if page.evaluate("matchMedia('(scripting: enabled)').matches"):
        assert barriers(page) == []


def test_with_a_passkey_and_nothing_else(served: Served, browsers: Browsers) -> None:
    """On a phone: number, code, one tap; then one tap signs in."""
    one = bound(served.floor)
    page = browsers.visitor(width=PHONE).new_page()
    page.add_init_script(WITHOUT_AUTOFILL)
    device = Device(page)
    page.goto(f"{served.origin}/claim")
    sound(page, "Use your slip from the registration centre")
    page.get_by_label("Number of your application").fill(grouped(one.aid))
    page.get_by_label("Code on the slip").fill("AAAA-AAAA-AAAA")
    page.get_by_role("button", name="Check the slip").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Code on the slip").fill(one.code)
    page.get_by_role("button", name="Check the slip").click()
    sound(page, "Choose how you will sign in")
    device.verifies(False)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status").filter(has_text="No passkey was made")).to_be_visible()
    device.verifies(True)
    page.get_by_role("button", name="Make a passkey").click()
    sound(page, "Your account is yours now")
    assert len(device.held()) == 1
    page.get_by_role("link", name="Sign in").click()
    shown(page, "Sign in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    shown(page, "Your account")


def test_with_a_password_by_keyboard_without_scripts(served: Served, browsers: Browsers) -> None:
    """No script, no phone, no mail: asked after, claimed with a password and ten codes, and signed in."""
    one = bound(served.floor)
    page = browsers.visitor(scripts=False, width=PHONE).new_page()
    hands = Keyboard(page)
    page.goto(f"{served.origin}/track")
    sound(page, "Where is my application?")
    hands.fill("Number of your application", one.aid)
    hands.press("Show where it is")
    expect(page.locator("main")).to_contain_text("Your number is ready", timeout=PATIENCE_MS)
    sound(page, "Where is my application?")
    hands.follow("Use the slip")
    shown(page, "Use your slip from the registration centre")
    hands.fill("Number of your application", one.aid)
    hands.fill("Code on the slip", one.code)
    hands.press("Check the slip")
    sound(page, "Choose how you will sign in")
    hands.follow("Choose a password")
    sound(page, "Choose a password")
    hands.fill("Password", "short")
    hands.press("Take my account and show the codes")
    hands.fill("Password", PASSWORD)
    hands.press("Take my account and show the codes")
    sound(page, "Your account is yours now")
    assert page.locator("ol.recovery li").count() == 10
    hands.follow("Sign in")
    shown(page, "Sign in")
    hands.fill("User name or ID number", one.aid)
    hands.fill("Password", PASSWORD)
    hands.press("Sign in")
    shown(page, "Your account")


def test_a_slip_from_the_officers_hand(served: Served, browser: Browser, browsers: Browsers) -> None:
    """By keyboard: the number, compared, printed; the person claims with what is on the sheet."""
    one = bound(served.floor)
    officer = served.staff(browser, Role.OFFICER)
    hands = Keyboard(officer)
    officer.goto(f"{served.origin}/staff/visits")
    sound(officer, "Somebody comes back")
    hands.fill("Number of the application", grouped(one.aid))
    hands.press("Go on to the slip")
    sound(officer, f"Slip for application {grouped(one.aid)}")
    hands.press("Print the slip")
    expect(officer.get_by_role("alert")).to_contain_text("Tick that you have compared", timeout=PATIENCE_MS)
    hands.tick("The person stands here")
    hands.press("Print the slip")
    sound(officer, "Slip for your account")
    code = officer.locator(".receipt .code").nth(2).inner_text()
    page = browsers.visitor(scripts=False, width=PHONE).new_page()
    page.goto(f"{served.origin}/claim")
    page.get_by_label("Number of your application").fill(one.aid)
    page.get_by_label("Code on the slip").fill(code)
    page.get_by_role("button", name="Check the slip").click()
    shown(page, "Choose how you will sign in")


def test_back_by_a_visit_refused_first(served: Served, browser: Browser, browsers: Browsers) -> None:
    """No match, then papers: the supervisor agrees, the code is printed, the person sets a new password."""
    person = served.floor.site.person(ial=2)
    case_id, reference = asks_for_visit(served.floor, person.id)
    officer, supervisor = served.staff(browser, Role.OFFICER), served.staff(browser, Role.SUPERVISOR)
    hands = Keyboard(officer)
    officer.goto(f"{served.origin}/staff/visits")
    hands.fill("Number for the visit", "0000-0000")
    hands.press("Find the visit")
    expect(officer.get_by_role("alert")).to_contain_text("There is no open visit", timeout=PATIENCE_MS)
    hands.fill("Number for the visit", reference)
    hands.press("Find the visit")
    sound(officer, f"Visit {reference}: cannot sign in")
    hands.press("Write it down")
    expect(officer.get_by_role("alert")).to_contain_text("Tick at least one", timeout=PATIENCE_MS)
    hands.tick("Passport")
    hands.press("Write it down")
    expect(officer.locator("main")).to_contain_text("A supervisor looks too", timeout=PATIENCE_MS)
    hands = Keyboard(supervisor)
    supervisor.goto(f"{served.origin}/staff/review")
    hands.follow("People who cannot sign in")
    sound(supervisor, "People who cannot sign in")
    supervisor.get_by_role("row").last.get_by_role("link").click()
    sound(supervisor, "Is this the person?")
    hands.press("I have seen the person, and agree")
    shown(supervisor, "People who cannot sign in")
    officer.goto(f"{served.origin}/staff/visits/{case_id}")
    sound(officer, f"Visit {reference}: cannot sign in")
    Keyboard(officer).press("Print the code")
    sound(officer, "Get back into your account")
    code = officer.locator(".receipt .code").nth(1).inner_text()
    page = browsers.visitor(scripts=False, width=PHONE).new_page()
    hands = Keyboard(page)
    page.goto(f"{served.origin}/recover/centre")
    hands.follow("Enter the code from the centre")
    sound(page, "Enter the code from the centre")
    hands.fill("Number for the visit", reference)
    hands.fill("Code on the sheet", "AAAA-AAAA-AAAA")
    hands.press("Go on to the new password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together", timeout=PATIENCE_MS)
    hands.fill("Code on the sheet", code)
    hands.press("Go on to the new password")
    sound(page, "Set your new password")
    hands.fill("New password", NEW)
    hands.press("Set this password")
    shown(page, "Your new password is set")
