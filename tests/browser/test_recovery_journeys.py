"""Somebody lost everything, or forgot a name, and is back: by mouse, by keyboard alone, and without scripts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.visits import MANNERS, Manner, Visitor, letters, operated, visitor
from tests.chromium import PHONE, Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person, shown
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

NEW = "four wet umbrellas sing to nobody"
# More than the wait of an account of level 2.
WAIT_SECONDS = 3 * 24 * 3600 + 60.0
WRONG = "This code is not right. Check the newest message and enter its code."
WAIT_AHEAD = "With e-mail and phone alone there is a wait of one to three days"
PRINTED = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_numbers = itertools.count(1)
in_each_manner = pytest.mark.parametrize("manner", MANNERS)


@pytest.fixture(scope="module")
def provider(start_server: Callable[..., LiveServer]) -> Iterator[Provider]:
    """The provider; its worker runs when a test says so."""
    with operated(start_server()) as provider:
        yield provider


@pytest.fixture
def person(provider: Provider, test_clock: MovableClock) -> Person:
    """Somebody with a password, an app, a proven address and a proven number."""
    number = next(_numbers)
    name = f"loser{number}"
    return provider.enrol(
        name,
        totp=True,
        ial=2,
        email=f"{name}@mail.example",
        phone_number=f"+2327640{number:04}",
        phone_number_verified=True,
    )


@pytest.fixture
def guest(provider: Provider, browsers: Browsers, manner: Manner) -> Visitor:
    """Their browser, used in the manner of the test."""
    return visitor(browsers, manner, provider.live)


def contacts(person: Person) -> tuple[str, str]:
    """The address and the number of a person of these tests."""
    return f"{person.username}@mail.example", f"+2327640{int(person.username.removeprefix('loser')):04}"


def newest(provider: Provider, to: str, notice: str) -> str:
    """The last message about this to this address, after the worker was there."""
    provider.operate("worker", "--once")
    return letters(provider.live, to, notice)[-1]["text"]


def gives_code(guest: Visitor, provider: Provider, to: str) -> None:
    """Type the code of the newest message."""
    found = re.search(r"\b[0-9]{6}\b", newest(provider, to, "code"))
    assert found is not None
    guest.hands.fill("6-digit code", found[0])
    guest.hands.press("Confirm the code")


def is_told_everywhere(provider: Provider, person: Person, notice: str) -> bool:
    """True when every contact of the person got such a notice, once."""
    provider.operate("worker", "--once")
    return all(len(letters(provider.live, to, notice)) == 1 for to in contacts(person))


def looks_for_help(guest: Visitor) -> None:
    """From the sign-in page to the question what happened."""
    guest.opens("/signin")
    guest.at("Sign in")
    guest.hands.unfold("I cannot sign in")
    guest.hands.follow("I forgot my password or user name, or lost my phone")
    guest.at("I cannot sign in")


def has_lost_the_phone(guest: Visitor, person: Person) -> None:
    """From there to the first proof."""
    guest.hands.follow("I lost my phone, my app or my passkey")
    guest.at("Which account is it?")
    guest.hands.fill("User name or ID number", person.username)
    guest.hands.press("Go on")
    guest.at("How can you show that it is you?")


def chooses(guest: Visitor, way: str, heading: str) -> None:
    """Take one of the ways that the page offers."""
    guest.hands.pick(way)
    guest.hands.press("Go on")
    guest.at(heading)


def sets_password(guest: Visitor, person: Person) -> None:
    """The last page: the app is lost too. Then the new password alone signs in, and the old one does not."""
    guest.at("Set your new password")
    guest.hands.fill("New password", NEW)
    guest.hands.tick("The authenticator app")
    guest.hands.press("Set this password")
    guest.at("Your new password is set")
    guest.hands.follow("Sign in")
    guest.signs_in(person)
    expect(guest.page.get_by_role("alert")).to_be_focused(timeout=PATIENCE_MS)
    person.password = NEW
    guest.signs_in(person)
    guest.at("Your account")


@in_each_manner
def test_everything_lost_and_back_by_mail_and_message(
    provider: Provider, person: Person, guest: Visitor, test_clock: MovableClock
) -> None:
    """Two codes, three days, one more code: the browser that began finds its way back and sets a password."""
    mail, number = contacts(person)
    looks_for_help(guest)
    has_lost_the_phone(guest, person)
    chooses(guest, "A code by e-mail", "Enter the code from the e-mail")
    guest.hands.fill("6-digit code", "000 000")
    guest.hands.press("Confirm the code")
    expect(guest.page.get_by_role("alert")).to_be_focused(timeout=PATIENCE_MS)
    guest.hands.follow(WRONG)
    expect(guest.page.get_by_label("6-digit code")).to_be_focused(timeout=PATIENCE_MS)
    gives_code(guest, provider, mail)
    guest.at("The first proof was right. Now one more")
    guest.reads(WAIT_AHEAD)
    assert is_told_everywhere(provider, person, "recovery_started")
    chooses(guest, "A code by text message", "Enter the code from the text message")
    gives_code(guest, provider, number)
    guest.at("Now comes a wait, for your safety")

    test_clock.advance(WAIT_SECONDS)
    guest.opens("/recover")
    guest.at("I cannot sign in")
    guest.hands.follow("Go on where you stopped")
    guest.at("The wait is over: confirm once more")
    chooses(guest, "A code by text message", "Enter the code from the text message")
    gives_code(guest, provider, number)
    sets_password(guest, person)
    assert is_told_everywhere(provider, person, "recovery_done")


@in_each_manner
def test_everything_lost_and_back_by_a_printed_code(provider: Provider, person: Person, guest: Visitor) -> None:
    """A code from the sheet, typed as it was scribbled, and one by e-mail: there is no wait."""
    browser = provider.browser()
    page = shown(person.go_on(browser, browser.open("/account/methods/recovery-codes")))
    page = shown(browser.submit(page, "decision", decision="make"))
    code = PRINTED.findall(page.text.partition("<ol")[2])[3]

    looks_for_help(guest)
    has_lost_the_phone(guest, person)
    chooses(guest, "A recovery code from your sheet", "Enter a recovery code")
    guest.hands.fill("Recovery code", code.lower().replace("-", " "))
    guest.hands.press("Confirm the code")
    guest.at("The first proof was right. Now one more")
    expect(guest.page.locator("main")).not_to_contain_text(WAIT_AHEAD)
    assert is_told_everywhere(provider, person, "recovery_started")
    chooses(guest, "A code by e-mail", "Enter the code from the e-mail")
    gives_code(guest, provider, contacts(person)[0])
    sets_password(guest, person)
    assert is_told_everywhere(provider, person, "recovery_done")


@in_each_manner
def test_forgotten_user_name_is_told_by_mail(provider: Provider, person: Person, guest: Visitor) -> None:
    """The address is typed; the name goes there and stands on no page; it signs in with password and code."""
    mail = contacts(person)[0]
    looks_for_help(guest)
    guest.hands.follow("I forgot my user name")
    guest.at("I forgot my user name")
    guest.hands.press("Send me my user name")
    expect(guest.page.get_by_role("alert")).to_be_focused(timeout=PATIENCE_MS)
    guest.hands.fill("Your e-mail address or phone number", mail)
    guest.hands.press("Send me my user name")
    guest.at("Look at your messages")
    expect(guest.page.locator("body")).not_to_contain_text(person.username)
    assert person.username in newest(provider, mail, "username_reminder").splitlines()
    guest.hands.follow("Sign in")
    guest.signs_in(person)
    guest.at("Enter the code from your app")
    guest.hands.fill("6-digit code", person.code())
    guest.hands.press("Confirm the code")
    guest.at("Your account")


def test_keys_lead_past_the_header_and_back(provider: Provider, browsers: Browsers) -> None:
    """One key past the header, the next on the first way back; Shift+Tab returns; scripts are off."""
    guest = visitor(browsers, Manner(Keyboard, scripts=False, width=PHONE), provider.live)
    guest.opens("/recover")
    guest.at("I cannot sign in")
    guest.hands.follow("Skip to main content")
    guest.page.keyboard.press("Tab")
    expect(guest.page.get_by_role("link", name="I forgot my password")).to_be_focused(timeout=PATIENCE_MS)
    last = guest.page.get_by_role("link", name="Back to sign in")
    keyboard = Keyboard(guest.page)
    keyboard.reach(guest.page.get_by_role("link", name="Help", exact=True))
    keyboard.reach(last, back=True)
    guest.page.keyboard.press("Enter")
    guest.at("Sign in")
