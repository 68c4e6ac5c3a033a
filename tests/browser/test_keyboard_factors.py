"""Factors by keyboard alone: a passkey, an app for codes, a service that asks for more in the middle of a session."""

import itertools
import re
from collections.abc import Iterator

import pyotp
import pytest

from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.test_passkeys import WITHOUT_AUTOFILL, Device
from tests.browser.visits import MANNERS, Manner, Visitor, came_back, operated, receives, visitor
from tests.chromium import PHONE, Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

CODE, CONFIRM = "6-digit code", "Confirm the code"
BY_KEYBOARD = [one for one in MANNERS if one.id != "mouse"]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def provider(live_server: LiveServer) -> Iterator[Provider]:
    """The provider and its operator."""
    with operated(live_server) as provider:
        yield provider


@pytest.fixture
def person(provider: Provider, test_clock: MovableClock, worker: str) -> Person:
    """Somebody proofed to level 2, with a password and no address that was proven."""
    return provider.enrol(f"{worker}typist{next(_numbers)}", name="Isata Madeup", ial=2, email_verified=False)


def test_a_passkey_is_added_and_signs_in_with_one_tap(provider: Provider, person: Person, browsers: Browsers) -> None:
    """From the account page to a named passkey, out, and in again by Enter on one button."""
    guest = visitor(browsers, Manner(Keyboard, scripts=True, width=PHONE), provider.live)
    guest.page.add_init_script(WITHOUT_AUTOFILL)
    device = Device(guest.page)
    guest.opens("/account")
    guest.signs_in(person)
    guest.at("Your account")
    guest.hands.follow("Ways to sign in")
    guest.at("Ways to sign in")
    guest.hands.follow("Add a passkey")
    guest.at("Your passkeys")
    guest.hands.follow("Add a passkey")
    guest.at("Add a passkey")
    guest.hands.press("Make a passkey")
    guest.at("Name your passkey")
    guest.hands.fill("Name", "My telephone")
    guest.hands.press("Save the name")
    guest.at("Your passkeys")
    guest.reads("Your passkey is ready", "My telephone")
    assert len(device.held()) == 1
    guest.opens("/account")
    guest.hands.press("Sign out")
    guest.at("You are signed out")
    guest.opens("/signin")
    guest.at("Sign in")
    guest.hands.press("Sign in with a passkey")
    guest.at("Your account")


@pytest.mark.parametrize("manner", BY_KEYBOARD)
def test_an_app_is_added_for_a_service_that_asks_for_more(
    provider: Provider, person: Person, browsers: Browsers, test_clock: MovableClock, manner: Manner
) -> None:
    """A service wants level 2: the page leads to what is missing, the key is typed off, and one code steps up."""
    guest = visitor(browsers, manner, provider.live)
    library = provider.register(client_name="Library")
    bank = provider.register(client_name="Bank", min_acr="nid:2")
    for party in (library, bank):
        receives(guest.page, party)

    asked = library.ask()
    guest.opens(asked.url)
    guest.signs_in(person)
    guest.at("Continue to Library?")
    guest.hands.press("Continue to Library")
    assert library.read(came_back(guest, library, asked)["id_token"]).claims["acr"] == "nid:1"

    asked = bank.ask()
    guest.opens(asked.url)
    guest.at("This service needs a stronger proof of who you are")
    with guest.page.expect_popup(timeout=PATIENCE_MS) as opened:
        guest.hands.follow("Your ways of signing in (opens in a new tab)")
    app = add_app(Visitor(opened.value, manner.hands(opened.value), provider.issuer), test_clock)
    opened.value.close()

    test_clock.advance(60)
    guest.hands.follow("I have added one: go on")
    guest.at("Enter the code from your app")
    guest.reads("You are signed in already, but this needs a stronger proof.")
    assert guest.page.locator("input[type=password]").count() == 0
    guest.hands.fill(CODE, app.at(int(test_clock.now())))
    guest.hands.press(CONFIRM)
    guest.at("Continue to Bank?")
    guest.hands.press("Continue to Bank")
    assert bank.read(came_back(guest, bank, asked)["id_token"]).claims["acr"] == "nid:2"

    test_clock.advance(60)
    elsewhere = visitor(browsers, manner, provider.live)
    elsewhere.opens("/account")
    elsewhere.signs_in(person)
    elsewhere.at("Enter the code from your app")
    elsewhere.hands.fill(CODE, app.at(int(test_clock.now())))
    elsewhere.hands.press(CONFIRM)
    elsewhere.at("Your account")


def add_app(guest: Visitor, clock: MovableClock) -> pyotp.TOTP:
    """By the key that is typed into the app."""
    guest.at("Ways to sign in")
    guest.hands.follow("Add an authenticator app")
    guest.at("Add an authenticator app")
    guest.hands.fill("Name for this app (optional)", "My phone")
    guest.hands.press("Show the picture to scan")
    guest.at("Scan this picture with your app")
    app = pyotp.TOTP(re.sub(r"\s", "", guest.page.locator("p.key").inner_text(timeout=PATIENCE_MS)))
    guest.hands.fill("6-digit code from the app", app.at(int(clock.now())))
    guest.hands.press("Add this app")
    guest.at("Ways to sign in")
    guest.reads("Your authenticator app is ready", "My phone")
    return app
