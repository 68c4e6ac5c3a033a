"""Somebody else signs in: the owner is told, says "this was not me", and is the only one inside; as people do it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import PATIENCE_MS
from tests.browser.visits import MANNERS, Manner, letters, operated, visitor
from tests.chromium import DESK, Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

NEW = "four wet umbrellas sing to nobody"
DAY_SECONDS = 24 * 3600.0
PASSWORD_PAGE = "/account/password"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def provider(start_server: Callable[..., LiveServer]) -> Iterator[Provider]:
    """The provider; its worker runs when a test says so."""
    with operated(start_server()) as provider:
        yield provider


@pytest.fixture
def person(provider: Provider, test_clock: MovableClock) -> Person:
    """Somebody with a password, a proven address and a proven number."""
    number = next(_numbers)
    name = f"owner{number}"
    return provider.enrol(
        name, email=f"{name}@mail.example", phone_number=f"+2327650{number:04}", phone_number_verified=True
    )


def told(provider: Provider, to: str, notice: str) -> list[str]:
    """The messages about this to this address, oldest first, after the worker was there."""
    provider.operate("worker", "--once")
    return [letter["text"] for letter in letters(provider.live, to, notice)]


@pytest.mark.parametrize("manner", MANNERS)
def test_this_was_not_me(
    provider: Provider, person: Person, browsers: Browsers, test_clock: MovableClock, manner: Manner
) -> None:
    """The link in the message shuts the thief out and locks changes; the owner, on a known device, sets a password."""
    mail, number = f"{person.username}@mail.example", f"+2327650{int(person.username.removeprefix('owner')):04}"
    owner, reader = visitor(browsers, manner, provider.live), visitor(browsers, manner, provider.live)
    thief = visitor(browsers, Manner(manner.hands, scripts=True, width=DESK), provider.live)
    owner.opens("/account")
    owner.signs_in(person)
    owner.at("Your account")
    assert len(told(provider, mail, "new_device")) == 1

    test_clock.advance(DAY_SECONDS)
    thief.opens("/account")
    thief.signs_in(person)
    thief.at("Your account")
    assert len(told(provider, number, "new_device")) == 2
    link = re.search(r"https?://\S+/notice/\S+", told(provider, mail, "new_device")[-1])
    assert link is not None

    # Where the mail is read, nobody is signed in.
    reader.opens(link[0])
    reader.at("Was this not you?")
    thief.page.reload()
    thief.at("Your account")
    reader.hands.press("It was not me: sign out every device")
    reader.at("Every device is signed out")
    reader.opens(link[0])
    reader.at("This link does nothing any more")
    thief.page.reload()
    thief.at("Sign in")
    thief.opens(PASSWORD_PAGE)
    thief.signs_in(person)
    thief.at("Changes are locked for now")

    owner.opens(PASSWORD_PAGE)
    owner.signs_in(person)
    owner.at("Get a code by text message")
    owner.hands.press("Send the code")
    owner.at("Enter the code from the text message")
    code = re.search(r"\b[0-9]{6}\b", told(provider, number, "code")[-1])
    assert code is not None
    owner.hands.fill("6-digit code", code[0])
    owner.hands.press("Confirm the code")
    owner.at("Change your password")
    owner.hands.fill("Present password", person.password)
    owner.hands.fill("New password", NEW)
    owner.hands.press("Set this password")
    owner.at("Ways to sign in")
    thief.opens(PASSWORD_PAGE)
    thief.signs_in(person)
    expect(thief.page.get_by_role("alert")).to_be_focused(timeout=PATIENCE_MS)
    owner.opens("/account")
    owner.at("Your account")
