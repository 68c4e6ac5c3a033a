"""People run their own record in a real browser: take a consent back, take a copy of everything, close the account."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import PATIENCE_MS
from tests.browser.paper import words_of
from tests.browser.visits import TWO_MANNERS, Manner, Visitor, came_back, letters, operated, receives, visitor
from tests.chromium import Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person
from tests.protocol.expectations import refused
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

HOUR = 3600
DAY = 24 * HOUR
SHARE = "Share only what I ticked and continue"
CLOSE = "Close my account in 24 hours"
GONE = "This link does nothing any more"
# A part for those who do not see where the link stands is a box of its own: a space comes before it.
STOP = "Stop sharing : Market Stalls"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def provider(live_server: LiveServer) -> Iterator[Provider]:
    """The provider and its operator."""
    with operated(live_server) as provider:
        yield provider


@pytest.fixture
def person(provider: Provider, test_clock: MovableClock, worker: str) -> Person:
    """Somebody with a password and a proven address of their own."""
    name = f"{worker}keeper{next(_numbers)}"
    return provider.enrol(name, email=f"{name}@mail.example")


@pytest.fixture
def guest(provider: Provider, browsers: Browsers, manner: Manner) -> Visitor:
    """The person's browser."""
    return visitor(browsers, manner, provider.live)


@pytest.fixture
def elsewhere(provider: Provider, browsers: Browsers, manner: Manner) -> Visitor:
    """A browser that nobody has signed in with."""
    return visitor(browsers, manner, provider.live)


def told(provider: Provider, address: str, notice: str) -> str:
    """The newest message about this to this address, after the worker was there."""
    provider.operate("worker", "--once")
    return letters(provider.live, address, notice)[-1]["text"]


def link_in(message: str) -> str:
    """Where a message can be answered."""
    found = re.search(r"^http\S+/notice/\S+$", message, re.MULTILINE)
    assert found is not None, message
    return found[0]


@pytest.mark.parametrize("manner", TWO_MANNERS)
def test_a_withdrawn_consent_ends_what_the_service_may_see(provider: Provider, person: Person, guest: Visitor) -> None:
    """Stopped on the account page: userinfo and refresh say no at once, and the next sign-in there asks anew."""
    stalls = provider.register(client_name="Market Stalls", purpose="To write to you about your stall")
    receives(guest.page, stalls)
    asked = stalls.ask(scope="openid email")
    guest.opens(asked.url)
    guest.signs_in(person)
    guest.at("Share your details with Market Stalls?")
    guest.hands.press(SHARE)
    tokens = came_back(guest, stalls, asked)
    assert stalls.userinfo(tokens["access_token"]).json()["email"] == f"{person.username}@mail.example"
    tokens = stalls.refresh(tokens["refresh_token"]).json()

    guest.opens("/account")
    guest.at("Your account")
    guest.hands.follow("Services you share details with")
    guest.at("Services you share details with")
    guest.reads("Market Stalls", "To write to you about your stall")
    guest.hands.follow(STOP)
    guest.at("Stop sharing with Market Stalls?")
    guest.hands.follow("Keep it as it is")
    guest.at("Services you share details with")
    assert stalls.userinfo(tokens["access_token"]).status_code == 200
    guest.hands.follow(STOP)
    guest.at("Stop sharing with Market Stalls?")
    guest.hands.press("Stop sharing")
    guest.at("Services you share details with")
    guest.reads("Market Stalls may no longer see your details", "There are none yet")
    assert stalls.userinfo(tokens["access_token"]).status_code == 401
    refused(stalls.refresh(tokens["refresh_token"]), "invalid_grant")

    again = stalls.ask(scope="openid email")
    guest.opens(again.url)
    guest.at("Share your details with Market Stalls?")
    guest.hands.press(SHARE)
    fresh = came_back(guest, stalls, again)
    assert stalls.userinfo(fresh["access_token"]).status_code == 200
    assert stalls.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("manner", TWO_MANNERS)
def test_a_copy_of_everything_is_made_and_taken_home(
    provider: Provider, person: Person, guest: Visitor, test_clock: MovableClock
) -> None:
    """Asked for, watched, made by the worker, told by mail, and saved as both files, which say what is recorded."""
    guest.opens("/account")
    guest.signs_in(person)
    guest.at("Your account")
    guest.hands.follow("Download your data")
    guest.at("Download your data")
    guest.hands.press("Make a copy of my data")
    guest.reads("Your copy is being made", "0 percent done: waiting for its turn")
    expect(guest.page.get_by_role("progressbar", name="How far it is")).to_be_visible(timeout=PATIENCE_MS)
    letter = told(provider, f"{person.username}@mail.example", "export_ready")
    guest.reads("Your copy is ready")  # the page has looked again by itself
    expect(guest.page.get_by_role("progressbar")).to_have_count(0)

    page_of_it = re.search(r"^http\S+$", letter, re.MULTILINE)
    assert page_of_it is not None
    test_clock.advance(2 * HOUR)
    guest.opens(page_of_it[0])
    guest.signs_in(person)
    guest.reads("Your copy is ready")
    document = json.loads(saved(guest, "Download for a program (JSON)", "my-data.json"))
    assert document["account"]["number"] == person.id
    assert document["account"]["user_name"] == person.username
    details = {one["detail"]: one["value"] for one in document["details"]}
    assert details["name"] == "Amara Testperson"
    assert details["birthdate"] == "1990-04-27"
    assert details["email"] == f"{person.username}@mail.example"
    assert {"subscriber.created", "session.started", "export.asked"} <= {one["event"] for one in document["history"]}
    printed = words_of(saved(guest, "Download to read or print (PDF)", "my-data.pdf"))
    for words in ("What is recorded about you", person.id, person.username, "Amara Testperson", "27 April 1990"):
        assert words in printed
    for text in (json.dumps(document), printed):
        assert person.password not in text
        assert "$argon2" not in text


def saved(guest: Visitor, button: str, name: str) -> bytes:
    """The file that a button gives."""
    with guest.page.expect_download(timeout=PATIENCE_MS) as saving:
        guest.hands.press(button)
    assert saving.value.suggested_filename == name
    return Path(saving.value.path()).read_bytes()


@pytest.mark.parametrize("manner", TWO_MANNERS)
def test_an_account_is_kept_after_all_and_closed_when_asked_again(
    provider: Provider, person: Person, guest: Visitor, elsewhere: Visitor, test_clock: MovableClock
) -> None:
    """The link of the notice stops it, once; asked again it is carried out, and then there is nobody of that name."""
    address = f"{person.username}@mail.example"
    guest.opens("/account")
    guest.signs_in(person)
    guest.at("Your account")
    guest.hands.follow("Close your account")
    guest.at("Close your account?")
    guest.hands.press(CLOSE)
    expect(guest.page).to_have_title(re.compile("^Error:"), timeout=PATIENCE_MS)
    guest.reads("There is a problem")
    asks_to_close(guest)

    link = link_in(told(provider, address, "closing_asked"))
    elsewhere.opens(link)
    elsewhere.at("Keep your account?")
    elsewhere.hands.press("Keep my account")
    elsewhere.at("Your account stays open")
    elsewhere.opens(link)
    elsewhere.at(GONE)
    test_clock.advance(DAY + 60)
    provider.operate("worker", "--once")
    assert letters(provider.live, address, "closed") == []

    guest.opens("/account/close")
    guest.signs_in(person)
    guest.at("Close your account?")
    asks_to_close(guest)
    link = link_in(told(provider, address, "closing_asked"))
    test_clock.advance(DAY + 60)
    told(provider, address, "closed")
    elsewhere.opens(link)
    elsewhere.at(GONE)
    erased = refused_sign_in(guest, person)
    assert erased == refused_sign_in(elsewhere, Person(f"nobody{person.username}", person.password, ""))
    assert erased[0] == 400
    assert "The user name or the password is not right" in erased[2]


def asks_to_close(guest: Visitor) -> None:
    """Tick, press, and be signed out."""
    guest.hands.tick("Yes, I want to close my account")
    guest.hands.press(CLOSE)
    guest.at("Your account closes in 24 hours")
    guest.hands.follow("Sign in and keep it")
    guest.at("Sign in")


def refused_sign_in(guest: Visitor, person: Person) -> tuple[int, str, str]:
    """Status, title and words of what a sign-in is answered with."""
    guest.opens("/signin")
    with guest.page.expect_response(
        lambda answer: answer.url.endswith("/password") and answer.request.method == "POST", timeout=PATIENCE_MS
    ) as answered:
        guest.signs_in(person)
    expect(guest.page).to_have_title(re.compile("^Error:"), timeout=PATIENCE_MS)
    return answered.value.status, guest.page.title(), guest.page.locator("main").inner_text()
