"""An officer at a small screen, by keyboard alone: nothing typed is lost, also when the browser is killed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.centres import Role
from tests.browser.keyboard import PATIENCE_MS, Keyboard, shown
from tests.browser.preview.application import served_at
from tests.chromium import launched
from tests.factories.floor import Floor, Member, with_floor
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

SMALL: ViewportSize = {"width": 1024, "height": 600}
MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Counter:
    """A floor that is served, and its address."""

    floor: Floor
    origin: str

    def browser(self, browser: Browser, member: Member, *, scripts: bool = True) -> BrowserContext:
        """A browser in which a member of staff is signed in."""
        context = browser.new_context(viewport=SMALL, locale="en-GB", java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE_MS)
        secret = self.floor.sign_in(member)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        return context


@pytest.fixture(scope="module")
def counter(open_site: OpenSite) -> Iterator[Counter]:
    """The application with the staff's floor, under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with served_at(site.app, port):
            yield Counter(floor, f"http://localhost:{port}")


def saved(page: Page) -> None:
    """The page says that everything is on the server."""
    expect(page.locator("[data-saving]")).to_contain_text("Saved at", timeout=PATIENCE_MS)


def test_by_keyboard_alone_and_nothing_is_lost_when_the_browser_is_killed(counter: Counter) -> None:
    """Open, consent, type; the browser dies in the middle of a field's neighbours; another shows all that was typed."""
    officer = counter.floor.member(Role.OFFICER)
    with launched() as doomed:
        page = counter.browser(doomed, officer).new_page()
        hands = Keyboard(page)
        weight: list[int] = []
        page.on("response", lambda answer: weight.append(len(answer.body())) if answer.status == 200 else None)
        page.goto(f"{counter.origin}/staff")
        shown(page, "Today")
        hands.press("Open an application")
        expect(page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
        assert 5_000 < sum(weight) < MOST_BYTES
        assert page.evaluate("document.documentElement.scrollWidth") <= 1024
        hands.pick("Aloud, after it was read out")
        hands.press("Write down the consent")
        expect(page.locator("[data-status=consent]")).to_have_text("complete", timeout=PATIENCE_MS)
        page.keyboard.press("F2")
        page.keyboard.press("F2")
        hands.fill("First names", "Testa Maria")
        hands.fill("Family name", "Person")
        hands.fill("Date of birth", "1990")
        page.keyboard.press("Tab")
        hands.reach(page.locator("#sex"))
        page.keyboard.type("Female")
        hands.fill("Lives in district or chiefdom", "Bo")
        hands.fill("Telephone number", "+232 00 000 001")
        saved(page)
        expect(page.locator("[data-section=person]")).to_have_class("is-partial", timeout=PATIENCE_MS)
        address = page.url.partition("?")[0].partition("#")[0]
    with launched() as other:
        page = counter.browser(other, officer).new_page()
        page.goto(address)
        assert page.locator("#given_names").input_value() == "Testa Maria"
        assert page.locator("#family_name").input_value() == "Person"
        assert page.locator("#birth_date").input_value() == "1990"
        assert page.locator("#sex").input_value() == "F"
        assert page.locator("#address_division").input_value() == "Bo"
        assert page.locator("#phone").input_value() == "+232 00 000 001"
        expect(page.locator("[data-missing]")).to_contain_text("Nationality")
        _goes_on_by_keyboard(page)


def _goes_on_by_keyboard(page: Page) -> None:
    """Shortcuts, the second screen, Find: all by keys."""
    hands = Keyboard(page)
    page.keyboard.press("F9")
    assert page.evaluate("document.activeElement.id") == "sign"
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.id") == "exceptions"
    hands.tick("Left index finger")
    hands.reach(page.locator("#why"))
    page.keyboard.type("Missing")
    hands.press("Note the exception")
    expect(page.locator("main")).to_contain_text("waits for a supervisor, or a photograph", timeout=PATIENCE_MS)
    hands.follow("Open the second screen")
    shown(page, "Is this right?")
    hands.follow("For the officer: back to the application")
    expect(page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
    page.keyboard.press("Control+k")
    shown(page, "Find an application")


def test_what_is_typed_without_a_connection_goes_out_when_it_is_back(counter: Counter, browser: Browser) -> None:
    """The page says that there is no connection and how many fields wait; with the connection they are saved."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    context = counter.browser(browser, officer)
    page = context.new_page()
    page.goto(f"{counter.origin}/staff/cases/{aid}")
    context.set_offline(True)
    page.locator("#given_names").fill("Testa")
    expect(page.locator("[data-net]")).to_contain_text("No connection", timeout=PATIENCE_MS)
    expect(page.locator("[data-saving]")).to_contain_text("1 changes wait", timeout=PATIENCE_MS)
    context.set_offline(False)
    saved(page)
    context.close()
    assert 'value="Testa"' in officer.get(f"/staff/cases/{aid}").text


def test_a_section_is_saved_by_its_button_without_scripts(counter: Counter, browser: Browser) -> None:
    """No script runs: the button saves the section, and the page shows it again."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    context = counter.browser(browser, officer, scripts=False)
    page = context.new_page()
    page.goto(f"{counter.origin}/staff/cases/{aid}")
    page.locator("#given_names").fill("Testa")
    page.get_by_role("button", name="Save the person").click()
    expect(page.locator(".notice")).to_contain_text("Saved", timeout=PATIENCE_MS)
    assert page.locator("#given_names").input_value() == "Testa"
    context.close()
