"""People who come with a browser of their own, by mouse or by keyboard, with scripts or without; what they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import PATIENCE_MS, Keyboard, Mouse, shown
from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer
from tests.protocol.driver import Arrival, Person, RelyingParty, Request
from tests.protocol.provider import Provider

__all__ = [
    "MANNERS", "TWO_MANNERS", "Manner", "Visitor", "came_back", "letters", "operated", "receives", "visitor",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody uses the pages."""

    hands: type[Mouse | Keyboard]
    scripts: bool
    width: int


# For `pytest.mark.parametrize("manner", MANNERS)`.
MANNERS = [
    pytest.param(Manner(Mouse, scripts=True, width=DESK), id="mouse"),
    pytest.param(Manner(Keyboard, scripts=True, width=DESK), id="keyboard"),
    pytest.param(Manner(Keyboard, scripts=False, width=PHONE), id="keyboard-no-scripts"),
]


# Journeys without a page that needs scripts: by mouse with them, by keyboard alone without.
TWO_MANNERS = [MANNERS[0], MANNERS[2]]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser and the hands on it."""

    page: Page
    hands: Mouse | Keyboard
    origin: str

    def opens(self, address: str) -> None:
        """Type an address of the provider, or open a link from elsewhere."""
        self.page.goto(address if "://" in address else f"{self.origin}{address}")

    def signs_in(self, person: Person) -> None:
        """The first page of a sign-in."""
        self.at("Sign in")
        self.hands.fill("User name or ID number", person.username)
        self.hands.fill("Password", person.password)
        self.hands.press("Sign in")

    def at(self, heading: str) -> None:
        """Wait for the page of this heading; nothing of it is wider than the window."""
        shown(self.page, heading)
        size = self.page.viewport_size
        assert size is not None
        assert self.page.evaluate("document.documentElement.scrollWidth") <= size["width"], heading

    def reads(self, *texts: str) -> None:
        """Each of these stands on the page."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE_MS)

    def never_reads(self, text: str) -> None:
        """This does not stand on the page, which has come."""
        expect(self.page.locator("main")).not_to_contain_text(text, timeout=PATIENCE_MS)


def visitor(browsers: Browsers, manner: Manner, live: LiveServer) -> Visitor:
    """Somebody who was never here before."""
    page = browsers.visitor(scripts=manner.scripts, width=manner.width).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return Visitor(page, manner.hands(page), live.issuer)


@contextmanager
def operated(live: LiveServer) -> Iterator[Provider]:
    """The provider with its operator's commands, which end with it."""
    provider = Provider(live)
    yield provider
    provider.console.close()


def letters(live: LiveServer, address: str, notice: str) -> list[dict[str, str]]:
    """What the worker has sent to an address about one thing, oldest first."""
    folder = Path(live.environment["WANGOV_DATA"]) / "outbox"
    sent: list[dict[str, str]] = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
    mine = [letter for letter in sent if (letter["to"], letter["notice"]) == (address, notice)]
    return sorted(mine, key=lambda letter: letter["at"])


def receives(page: Page, party: RelyingParty) -> None:
    """Where the browser goes back to the service, it finds a made-up page."""
    page.route(
        f"https://{urlsplit(party.redirect_uri).netloc}/**", lambda route: route.fulfill(body="<h1>Welcome</h1>")
    )


def came_back(visitor: Visitor, party: RelyingParty, request: Request) -> dict[str, Any]:
    """The tokens that the service gets for what the browser brought it."""
    visitor.at("Welcome")
    url = visitor.page.url
    pairs = parse_qsl(urlsplit(url).query)
    answer = party.redeem(request, Arrival(url, url.partition("?")[0], "query", dict(pairs), pairs, 303))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens
