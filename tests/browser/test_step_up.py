"""A service asks for a stronger proof in the middle of a session: one thing more, by keyboard, also without scripts."""

import itertools
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.browser.test_codes import press, reach
from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import challenge_of

pytestmark = pytest.mark.browser

PASSWORD = "quiet rain on tin roofs 7"
VERIFIER = "v" * 64
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def live(start_server: Callable[..., LiveServer]) -> LiveServer:
    """A provider."""
    return start_server()


@pytest.fixture
def person(live: LiveServer, test_clock: MovableClock) -> str:
    """Somebody proofed to level 2, with a password; their user name."""
    name = f"stepper{next(_numbers)}"
    document = {"username": name, "password": PASSWORD, "name": "Isata Madeup", "ial": 2}
    live.command("subscriber", "create", document=document)
    return name


def address_of(live: LiveServer, page: Page, name: str, **metadata: str) -> str:
    """A service, of which this browser sees a made-up page; where it sends people who sign in."""
    callback = f"https://{name}.example/callback"
    document = {"client_name": name.capitalize(), "redirect_uris": [callback], **metadata}
    party = live.command("client", "create", document=document)
    page.route(f"https://{name}.example/**", lambda route: route.fulfill(body="<h1>Welcome</h1>"))
    asked = {
        "response_type": "code", "client_id": party["client_id"], "redirect_uri": callback, "scope": "openid",
        "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{live.issuer}/oauth/authorize?{urlencode(asked)}"


def add_app(live: LiveServer, page: Page, clock: MovableClock) -> pyotp.TOTP:
    """The person adds an authenticator app in the account pages, by the key that is typed."""
    page.goto(f"{live.issuer}/account/methods/totp")
    expect(page.locator("h1")).to_have_text("Add an authenticator app")
    press(page, "Show the picture to scan")
    expect(page.locator("h1")).to_contain_text("Scan")
    app = pyotp.TOTP(re.sub(r"\s", "", page.locator("p.key").inner_text()))
    reach(page, "code")
    page.keyboard.type(app.at(int(clock.now())))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_contain_text("Scan")
    return app


@pytest.mark.parametrize(("scripts", "width"), [(True, DESK), (False, PHONE)], ids=["scripts", "no-scripts"])
def test_stronger_proof_is_asked_once_and_says_why(
    live: LiveServer, person: str, browsers: Browsers, test_clock: MovableClock, scripts: bool, width: int
) -> None:
    """The library takes the password; the bank says what is missing, and then asks for a code and nothing else."""
    page = browsers.visitor(scripts=scripts, width=width).new_page()
    library = address_of(live, page, f"library{person}")
    bank = address_of(live, page, f"bank{person}", min_acr="nid:2")

    page.goto(library)
    expect(page.locator("h1")).to_have_text("Sign in")
    reach(page, "identifier")
    page.keyboard.type(person)
    reach(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("button[value=allow]").press("Enter")
    expect(page.locator("h1")).to_have_text("Welcome")

    page.goto(bank)
    expect(page.locator("h1")).to_have_text("This service needs a stronger proof of who you are")
    assert not scripts or barriers(page) == []
    app = add_app(live, page, test_clock)

    test_clock.advance(60)
    page.goto(bank)
    expect(page.locator("h1")).to_have_text("Enter the code from your app")
    expect(page.locator("main")).to_contain_text("You are signed in already, but this needs a stronger proof.")
    assert page.locator("input[type=password]").count() == 0
    assert not scripts or barriers(page) == []
    page.get_by_role("link", name="Confirm in another way").press("Enter")
    expect(page.locator("h1")).to_have_text("Choose how to confirm that it is you")
    page.locator("#method-totp").press("Space")
    page.get_by_role("button", name="Go on", exact=True).press("Enter")
    expect(page.locator("h1")).to_have_text("Enter the code from your app")
    reach(page, "code")
    page.keyboard.type(app.at(int(test_clock.now())))
    page.keyboard.press("Enter")
    page.locator("button[value=allow]").press("Enter")
    expect(page.locator("h1")).to_have_text("Welcome")
    assert f"bank{person}" in page.url
    assert "code=" in page.url
