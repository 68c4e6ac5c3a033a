"""An officer finds somebody of the register who has no number at hand, by keyboard and without scripts."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from embedded.ports import free_ports
from enrollment.centres import Role
from enrollment.register import NewPerson
from enrollment.web.centre_rooms import register
from idp.web.extensions import db
from tests.browser.keyboard import PATIENCE_MS, Keyboard, shown
from tests.browser.preview.application import served_at
from tests.factories.floor import Floor, with_floor
from tests.factories.register import facts
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

STATION: ViewportSize = {"width": 1024, "height": 600}


@pytest.fixture(scope="module")
def served(open_site: OpenSite) -> Iterator[tuple[Floor, str]]:
    """The application under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site, served_at(site.app, port):
        yield with_floor(site), f"http://localhost:{port}"


def at_work(served: tuple[Floor, str], browser: Browser, *roles: Role) -> Page:
    """Somebody of the staff at the first page."""
    floor, origin = served
    secret = floor.sign_in(floor.member(*roles))
    context = browser.new_context(viewport=STATION, locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "wangov_session", "value": secret, "url": origin}])
    page = context.new_page()
    page.goto(f"{origin}/staff")
    return page


def test_a_person_is_found_by_keyboard(served: tuple[Floor, str], browser: Browser) -> None:
    """A reason is asked for first; another spelling finds them; the list is masked; opened, an application begins."""
    floor, _ = served
    with floor.site.app.test_request_context():
        register().open([NewPerson(uuid.uuid4(), facts(family_name="Qorumbay", address="SL-S-BO"), 3)])
        db.session.commit()
    page = at_work(served, browser, Role.OFFICER)
    hands = Keyboard(page)
    hands.follow("Find a person")
    shown(page, "Find a person")
    hands.fill("Names, in any order", "qorumbai testa")
    hands.fill("Born", "1990")
    hands.press("Search")
    page.get_by_role("link", name="Choose why you look for them.").wait_for()
    hands.pick("They are here and do not know their number")
    hands.press("Search")
    page.get_by_role("heading", name="Who may be meant").wait_for()
    assert "qorumbai" not in page.url.lower()
    hands.follow("Testa B\N{BULLET}\N{BULLET}\N{BULLET} Q\N{BULLET}\N{BULLET}\N{BULLET}")
    shown(page, "A person of the register")
    assert "Testa Binta Qorumbay" in page.locator("dl").inner_text()
    hands.press("Open an application")
    page.wait_for_url("**/staff/cases/*")


def test_a_supervisor_reads_the_figures(served: tuple[Floor, str], browser: Browser) -> None:
    """By keyboard and without scripts, from the first page; an earlier month is chosen; all fits the screen."""
    page = at_work(served, browser, Role.SUPERVISOR)
    hands = Keyboard(page)
    hands.follow("Statistics")
    page.get_by_role("heading", name="Statistics of the centre").wait_for()
    page.locator("#month").select_option(index=1)
    hands.press("Show")
    page.wait_for_url("**month=*")
    assert (page.locator("#month option:checked").get_attribute("value") or "none") in page.url
    assert page.locator("h2").count() >= 8
    assert page.evaluate("document.documentElement.scrollWidth") <= STATION["width"]
