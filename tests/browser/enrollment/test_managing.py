"""Administrators and a supervisor by keyboard, without scripts, on the smallest screen; then on a large one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.centres import Role
from enrollment.web.managing.answers import sign_in_name
from tests.browser.enrollment.test_claiming import Served, sound
from tests.browser.keyboard import PATIENCE_MS, Keyboard, shown
from tests.browser.preview.application import served_at
from tests.factories.centres import DISTRICT
from tests.factories.floor import Member, with_floor
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

SMALL: ViewportSize = {"width": 1024, "height": 600}
LARGE: ViewportSize = {"width": 1280, "height": 800}
PAGES = (
    (Role.ADMIN, "/staff/centres", "Registration centres"),
    (Role.ADMIN, "/staff/roles", "Roles"),
    (Role.SUPERVISOR, "/staff/figures", "Figures of the officers"),
    (Role.SUPERVISOR, "/staff/hand-over", "Hand over"),
)


@pytest.fixture(scope="module")
def served(open_site: OpenSite) -> Iterator[Served]:
    """The application with the floors of the registration centre, under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with served_at(site.app, port):
            yield Served(floor, f"http://localhost:{port}")


def at_work(served: Served, browser: Browser, member: Member, *, scripts: bool = False) -> Page:
    """A page of somebody who is signed in: small and without scripts, or large and with them."""
    context = browser.new_context(viewport=LARGE if scripts else SMALL, locale="en-GB", java_script_enabled=scripts)
    context.set_default_timeout(PATIENCE_MS)
    secret = served.floor.sign_in(member)
    context.add_cookies([{"name": "wangov_session", "value": secret, "url": served.origin}])
    return context.new_page()


def named(member: Member) -> str:
    """The sign-in name of somebody."""
    with member.floor.site.app.test_request_context():
        return sign_in_name(member.id)


def chosen(hands: Keyboard, field: str, value: str) -> None:
    """Tab to a list, and arrow down to a choice."""
    choice = hands.reach(hands.page.locator(f"select#{field}"))
    for _ in range(choice.locator("option").count()):
        if choice.input_value() == value:
            return
        hands.page.keyboard.press("ArrowDown")
    assert choice.input_value() == value


def test_a_centre_is_added_and_staffed(served: Served, browser: Browser) -> None:
    """Refused without a name; then added, and an officer posted to it, who sees it."""
    officer = served.floor.member(Role.OFFICER, posted=False)
    page = at_work(served, browser, served.floor.member(Role.ADMIN, posted=False))
    hands = Keyboard(page)
    page.goto(f"{served.origin}/staff/centres")
    sound(page, "Registration centres")
    hands.fill("Code", "KEYS1")
    hands.press("Add the centre")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem", timeout=PATIENCE_MS)
    hands.fill("Name", "Hall of Keys")
    chosen(hands, "division", DISTRICT)
    hands.press("Add the centre")
    sound(page, "Hall of Keys")
    hands.fill("Sign-in name", named(officer))
    hands.press("Post this person")
    expect(page.locator("main")).to_contain_text("The posting was made", timeout=PATIENCE_MS)
    sound(page, "Hall of Keys")
    theirs = at_work(served, browser, officer)
    theirs.goto(f"{served.origin}/staff")
    expect(theirs.locator("main")).to_contain_text("Hall of Keys", timeout=PATIENCE_MS)


def test_a_role_takes_two_people(served: Served, browser: Browser) -> None:
    """One asks and is offered no way to give it; the other gives it; it can be taken away at once."""
    somebody = served.floor.member(Role.OFFICER)
    first, second = (at_work(served, browser, served.floor.member(Role.ADMIN, posted=False)) for _ in range(2))
    hands = Keyboard(first)
    first.goto(f"{served.origin}/staff/roles")
    hands.fill("Sign-in name", named(somebody))
    hands.press("Show the roles")
    sound(first, f"Roles of {named(somebody)}")
    chosen(hands, "role", Role.SUPERVISOR.value)
    hands.press("Ask for the role")
    expect(first.locator("main")).to_contain_text("A second person gives it", timeout=PATIENCE_MS)
    first.goto(f"{served.origin}/staff/roles")
    sound(first, "Roles")
    row = first.get_by_role("row", name=named(somebody))
    expect(row.get_by_role("button", name=re.compile("^Give the role"))).to_have_count(0)
    second.goto(f"{served.origin}/staff/roles")
    Keyboard(second).press(f"Give the role {named(somebody)}")
    expect(second.locator("main")).to_contain_text("The role was given", timeout=PATIENCE_MS)
    first.goto(f"{served.origin}/staff/roles")
    hands.fill("Sign-in name", named(somebody))
    hands.press("Show the roles")
    shown(first, f"Roles of {named(somebody)}")
    hands.press("Take the role away Supervisor")
    expect(first.locator("main")).to_contain_text("The role was taken away", timeout=PATIENCE_MS)


def test_figures_and_a_hand_over(served: Served, browser: Browser) -> None:
    """A supervisor looks at figures of another span; an officer's work is offered to a colleague, who takes it."""
    giver, taker = served.floor.member(Role.OFFICER), served.floor.member(Role.OFFICER)
    giver.open()
    supervisor = at_work(served, browser, served.floor.member(Role.SUPERVISOR))
    supervisor.goto(f"{served.origin}/staff/figures")
    sound(supervisor, "Figures of the officers")
    Keyboard(supervisor).follow("Last 30 days")
    expect(supervisor.locator("nav [aria-current=page]", has_text="Last 30 days")).to_be_visible(timeout=PATIENCE_MS)
    page = at_work(served, browser, giver)
    page.goto(f"{served.origin}/staff/hand-over")
    sound(page, "Hand over")
    hands = Keyboard(page)
    chosen(hands, "taker", str(taker.id))
    hands.press("Offer it")
    expect(page.locator("main")).to_contain_text("Your colleague must take it", timeout=PATIENCE_MS)
    theirs = at_work(served, browser, taker)
    theirs.goto(f"{served.origin}/staff/hand-over")
    sound(theirs, "Hand over")
    Keyboard(theirs).press("Take it over")
    expect(theirs.locator("main")).to_contain_text("with 1 application", timeout=PATIENCE_MS)


def test_on_a_large_screen(served: Served, browser: Browser) -> None:
    """With scripts, at 1280: no page is wider than the screen, and none has a barrier."""
    people = {role: at_work(served, browser, served.floor.member(role), scripts=True) for role, _, _ in PAGES}
    for role, address, heading in PAGES:
        people[role].goto(f"{served.origin}{address}")
        sound(people[role], heading)
