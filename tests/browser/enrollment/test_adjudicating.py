"""An adjudicator at a small screen: by keys with a script, by buttons without one; the same votes."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from embedded.ports import free_ports
from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.preview.application import served_at
from tests.factories.court import Court, court
from tests.factories.floor import Member, with_floor
from tests.integration.web.conftest import OpenSite, open_site
from tests.stack import Stack

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

SMALL: ViewportSize = {"width": 1024, "height": 600}
MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Room:
    """A floor that is served, with cases to decide."""

    court: Court
    origin: str

    def browser(self, browser: Browser, member: Member, *, scripts: bool = True) -> BrowserContext:
        """A browser in which an adjudicator is signed in."""
        context = browser.new_context(viewport=SMALL, locale="en-GB", java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE_MS)
        secret = self.court.floor.sign_in(member)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        return context


@pytest.fixture(scope="module")
def room(open_site: OpenSite, stack: Stack, worker: str) -> Iterator[Room]:
    """The application with the staff's floor, under an address of its own."""
    (port,) = free_ports(1)
    origin = f"http://localhost:{port}"
    with (
        open_site(WANGOV_ISSUER=origin) as site,
        court(with_floor(site), stack, worker) as held,
        served_at(site.app, port),
    ):
        yield Room(held, origin)


@pytest.fixture(scope="module")
def path(room: Room) -> str:
    """A case with two candidates."""
    held = room.court
    return held.case_of(held.referred(held.application(), held.application()))


def pictures(page: Page) -> None:
    """Both pictures are drawn."""
    for picture in page.locator(".side img").all():
        expect(picture).to_be_visible(timeout=PATIENCE_MS)
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert page.locator(".side img").count() == 2


def test_by_keys_alone(room: Room, path: str, browser: Browser) -> None:
    """Parts of the body, zoom, both pictures moved together, answers, candidates, the vote: without a mouse."""
    context = room.browser(browser, room.court.adjudicator())
    page = context.new_page()
    weight: list[int] = []
    page.on("response", lambda answer: weight.append(len(answer.body())) if answer.status == 200 else None)
    page.goto(f"{room.origin}/adjudicate")
    Keyboard(page).follow(page.locator("table a.code").first.inner_text())
    pictures(page)
    assert 5_000 < sum(weight) < MOST_BYTES
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-strip] [aria-current]")).to_have_text("Thumb", timeout=PATIENCE_MS)
    pictures(page)
    expect(page.locator(".points")).to_have_count(2, timeout=PATIENCE_MS)
    _zooms_and_moves(page)
    page.keyboard.press("2")
    expect(page.locator("#choice-different")).to_be_checked(timeout=PATIENCE_MS)
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-candidates] [aria-current]")).to_have_text("Candidate 2 of 2", timeout=PATIENCE_MS)
    expect(page.locator("#right")).to_have_class("pane zoom-2", timeout=PATIENCE_MS)
    page.keyboard.press("1")
    hands = Keyboard(page)
    hands.press("Give my votes on all 2 questions")
    expect(page.locator(".errors")).to_contain_text("Choose why there are two records", timeout=PATIENCE_MS)
    hands.reach(page.locator("#ground-2"))
    page.keyboard.type("Honest")
    hands.press("Give my votes on all 2 questions")
    expect(page.locator(".notice")).to_contain_text("Your vote is written down", timeout=PATIENCE_MS)
    context.close()


def _zooms_and_moves(page: Page) -> None:
    """One key makes both larger; moving one moves the other, unless that is switched off."""
    page.keyboard.press("z")
    expect(page.locator("#left")).to_have_class("pane zoom-2", timeout=PATIENCE_MS)
    assert page.locator("[data-tool=zoom]").inner_text() == "Zoom: 2 times"
    far = "pane => pane.scrollTop / (pane.scrollHeight - pane.clientHeight)"
    page.locator("#left").hover()
    page.mouse.wheel(0, 4000)
    page.wait_for_function(f"() => ({far})(document.querySelector('#right')) > 0.95", timeout=PATIENCE_MS)
    page.locator("[data-tool=linked]").click()
    page.locator("#left").hover()
    page.mouse.wheel(0, -4000)
    page.wait_for_function(f"() => ({far})(document.querySelector('#left')) < 0.05", timeout=PATIENCE_MS)
    assert page.locator("#right").evaluate(far) > 0.95
    page.locator("h1").click()


def test_keys_can_be_switched_off(room: Room, path: str, browser: Browser) -> None:
    """Whoever speaks or types into the page by accident switches single keys off (WCAG 2.1.4), and they stay off."""
    context = room.browser(browser, room.court.adjudicator())
    page = context.new_page()
    page.goto(f"{room.origin}{path}")
    page.get_by_role("button", name="Use keys").click()
    page.reload()
    page.keyboard.press("1")
    page.keyboard.press("z")
    assert not page.locator("#choice-same").is_checked()
    expect(page.locator("#left")).to_have_class("pane zoom-1", timeout=PATIENCE_MS)
    context.close()


def test_by_buttons_without_a_script(room: Room, path: str, browser: Browser) -> None:
    """Each tool is a button that loads the page again and keeps what is chosen; Enter never votes."""
    context = room.browser(browser, room.court.adjudicator(), scripts=False)
    page = context.new_page()
    page.goto(f"{room.origin}{path}")
    page.get_by_role("button", name="Right index finger").click()
    page.get_by_text("Different people").click()
    page.get_by_role("button", name="Zoom: 1 times").click()
    expect(page.locator("#left")).to_have_class("pane zoom-2", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Mirror the candidate").click()
    expect(page.locator("#right")).to_have_class("pane zoom-2 is-mirrored", timeout=PATIENCE_MS)
    expect(page.locator("[data-strip] [aria-current]")).to_have_text("Index", timeout=PATIENCE_MS)
    page.locator("#choice-different").press("Enter")
    expect(page.locator("#choice-different")).to_be_checked(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr", timeout=PATIENCE_MS)
    expect(page.locator("#choice-different")).to_be_checked(timeout=PATIENCE_MS)
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Candidate 2 of 2").click()
    page.get_by_text("Too poor to decide").click()
    page.get_by_role("button", name="Give my votes").click()
    expect(page.locator(".notice")).to_contain_text("Your vote is written down", timeout=PATIENCE_MS)
    context.close()
