"""Getting back into an account and opening one, at the running server with its worker: messages are read as sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, shown
from tests.protocol.provider import Provider

NEW = "four wet umbrellas sing to nobody"
DAY = 24 * 3600.0


class Post:
    """What the worker sent, as files."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._folder = Path(provider.live.environment["WANGOV_DATA"]) / "outbox"
        self._read: set[str] = set()

    def texts(self, to: str, notice: str) -> list[str]:
        """The new messages of this kind to this address."""
        self._provider.operate("worker", "--once")
        found = []
        for path in sorted(self._folder.glob("*.json")):
            letter = json.loads(path.read_text(encoding="utf-8"))
            if letter["reference"] not in self._read and (letter["to"], letter["notice"]) == (to, notice):
                self._read.add(letter["reference"])
                found.append(letter["text"])
        return found

    def code(self, to: str, notice: str = "code") -> str:
        """The code of the newest such message."""
        found = re.search(r"\b[0-9]{6}\b", self.texts(to, notice)[-1])
        assert found
        return found[0]


@pytest.fixture(scope="module")
def post(provider: Provider) -> Post:
    """The worker's folder."""
    return Post(provider)


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody of level 2 whose address and number are proven, each their own."""
    number = len(provider.events("subscriber.created"))
    return provider.enrol(
        f"recovers{number}",
        ial=2,
        email=f"recovers{number}@mail.example",
        phone_number=f"+232762{number:05}",
        phone_number_verified=True,
    )


def _mail(person: Person) -> str:
    return f"{person.username}@mail.example"


def _number(person: Person) -> str:
    return f"+232762{int(person.username.removeprefix('recovers')):05}"


def begin(browser: Browser, person: Person) -> Page:
    """To the page of the first proof."""
    page = shown(browser.open("/recover/password"))
    return shown(browser.submit(page, "identifier", identifier=person.username))


def prove(browser: Browser, page: Page, post: Post, way: str, person: Person) -> Page:
    """One proof by message."""
    page = shown(browser.submit(page, "way", way=way))
    return shown(browser.submit(page, "code", code=post.code(_mail(person) if way == "email" else _number(person))))


def signs_in(provider: Provider, person: Person, password: str) -> bool:
    """Whether this password opens the account."""
    browser = provider.browser()
    page = shown(browser.open("/signin"))
    page = shown(browser.submit(page, "identifier", identifier=person.username, password=password))
    return page.url.endswith("/account")


def test_everything_lost_and_back_after_the_wait(
    provider: Provider, clock: MovableClock, post: Post, person: Person
) -> None:
    """AC-082, AC-083: mail and SMS, three days, a fresh code, a new password; the case is this browser's alone."""
    browser, thief = provider.browser(), provider.browser()
    page = prove(browser, begin(browser, person), post, "email", person)
    assert post.texts(_number(person), "recovery_started")
    case = page.url
    assert shown(thief.open(case)).status == 400
    page = prove(browser, page, post, "sms", person)
    assert page.heading == "Now comes a wait, for your safety"
    clock.advance(3 * DAY + 60)
    page = prove(browser, shown(browser.open(case)), post, "sms", person)
    assert page.heading == "Set your new password"
    page = shown(browser.submit(page, "password", password=NEW))
    assert page.heading == "Your new password is set"
    assert signs_in(provider, person, NEW)
    assert not signs_in(provider, person, person.password)
    assert post.texts(_mail(person), "recovery_done")
    (event,) = provider.events("subscriber.level_changed", subscriber_id=person.id)
    assert event["body"] == {"from": 2, "to": 1, "reason": "recovered"}


def test_posted_password_without_proofs_does_nothing(provider: Provider, post: Post, person: Person) -> None:
    """AC-082: the last form, sent from the first page or the second, leads back to where the person stands."""
    browser = provider.browser()
    page = begin(browser, person)
    held = [pair for pair in page.form("way").held if pair[0] == "csrf_token"]
    nowhere = "/recover/case/01234567-89ab-4def-8123-456789abcdef/password"
    assert shown(browser.open(nowhere, [*held, ("password", NEW)])).heading == "I cannot sign in"
    page = prove(browser, page, post, "email", person)
    again = shown(browser.open(f"{page.url}/password", [*held, ("password", NEW)]))
    assert again.heading == page.heading
    assert signs_in(provider, person, person.password)


def test_late_and_used_attempts_open_nothing(
    provider: Provider, clock: MovableClock, post: Post, person: Person
) -> None:
    """AC-083: 256 bits, a quarter of an hour, one use; a made-up one gets the same page."""
    browser = provider.browser()
    page = begin(browser, person)
    secret = page.url.rpartition("/")[2]
    assert re.fullmatch(r"wv_[\w-]{43}", secret)
    prove(browser, page, post, "email", person)
    used = shown(browser.open(page.url))
    late = begin(browser, person)
    clock.advance(16 * 60)
    expired = shown(browser.open(late.url))
    guessed = shown(browser.open(page.url.replace(secret, f"wv_{'A' * 43}")))
    assert {one.status for one in (used, expired, guessed)} == {400}
    assert {one.heading for one in (used, expired, guessed)} == {"Please begin again"}


def test_links_in_messages_are_ours(provider: Provider, post: Post, person: Person) -> None:
    """AC-081: whatever forwarded host the request claims, the link in the message is of our own address."""
    browser = provider.browser()
    browser.http.headers["X-Forwarded-Host"] = "evil.example"
    browser.http.headers["Forwarded"] = "host=evil.example"
    prove(browser, begin(browser, person), post, "email", person)
    (text,) = post.texts(_mail(person), "recovery_started")
    assert f"{provider.issuer}/notice/" in text
    assert "evil.example" not in text


def test_account_is_opened_with_a_proven_address(provider: Provider, post: Post) -> None:
    """Registration from end to end; a second one with the same address is told by message alone (AC-063)."""
    address, pages = "opens.one@mail.example", []
    for number in range(2):
        browser = provider.browser()
        page = shown(browser.submit(shown(browser.open("/register")), "contact", contact=address))
        pages.append((page.status, page.heading))
        if number:
            assert post.texts(address, "already_registered")
            continue
        page = shown(browser.submit(page, "code", code=post.code(address, "registration_code")))
        page = shown(browser.submit(page, "given_name", given_name="Isatu", family_name="Example"))
        page = shown(browser.submit(page, "username", username="isatu.example", password=NEW))
        assert page.heading == "Your account is open"
        assert shown(browser.open("/account")).heading == "Your account"
    assert pages[0] == pages[1]
