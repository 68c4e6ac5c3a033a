"""Whole journeys in one call, for tests whose subject lies behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests

from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, Request, Step, arrived, shown

__all__ = ["SignedIn", "add_code_generator", "attempt", "login", "obtain_code", "sign_in", "told_what_is_missing"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person signed in at a relying party: what was asked, what came back, the tokens."""

    party: RelyingParty
    person: Person
    browser: Browser
    request: Request
    arrival: Arrival
    tokens: dict[str, Any]

    @property
    def access_token(self) -> str:
        """The access token."""
        return str(self.tokens["access_token"])

    @property
    def refresh_token(self) -> str:
        """The refresh token."""
        return str(self.tokens["refresh_token"])

    @property
    def id_token(self) -> str:
        """The ID token as sent."""
        return str(self.tokens["id_token"])

    @property
    def id_claims(self) -> dict[str, Any]:
        """The claims of the ID token, its signature verified."""
        return dict(self.party.read(self.id_token).claims)


def obtain_code(
    party: RelyingParty,
    person: Person,
    browser: Browser,
    *,
    tick: Iterable[str] | None = None,
    **changes: str | list[str] | None,
) -> tuple[Request, Arrival]:
    """Walk through whatever pages come and return with a code. `tick` names the optional details that are shared."""
    request = party.ask(**changes)
    arrival = arrived(person.go_on(browser, browser.open(request.url), tick=tick))
    assert "code" in arrival.parameters, arrival.parameters
    return request, arrival


def sign_in(
    party: RelyingParty,
    person: Person,
    browser: Browser,
    *,
    tick: Iterable[str] | None = None,
    **changes: str | list[str] | None,
) -> SignedIn:
    """Obtain a code and redeem it."""
    request, arrival = obtain_code(party, person, browser, tick=tick, **changes)
    answer = party.redeem(request, arrival)
    assert answer.status_code == 200, answer.text
    return SignedIn(party, person, browser, request, arrival, answer.json())


def login(party: RelyingParty, browser: Browser, **changes: str) -> Page:
    """The first page of a sign-in."""
    return shown(browser.open(party.ask(**changes).url))


def attempt(browser: Browser, page: Page, username: str, password: str = "wrong password") -> requests.Response:
    """One try with a password, as the last answer of the provider, redirects not followed."""
    form = page.form("password")
    fields = [
        *((n, v) for n, v in form.held if n not in {"identifier", "password"}),
        ("identifier", username),
        ("password", password),
    ]
    return browser.raw("POST", form.action, data=fields)


def told_what_is_missing(browser: Browser, step: Step) -> Step:
    """The person reads what this service needs and goes back to it."""
    page = shown(step)
    assert page.status == 403, page.heading
    return browser.submit(page, "leave", leave="now")


def add_code_generator(browser: Browser, person: Person) -> None:
    """A signed-in person adds a code generator at the account pages."""
    asked = person.go_on(browser, browser.open("/account/methods/totp"))
    page = shown(browser.submit(shown(asked), "app_name", app_name="phone"))
    typed = re.search(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", " ".join(re.sub(r"<[^>]+>", " ", page.text).split()))
    assert typed is not None, page.text
    person.totp_secret = typed[0].replace(" ", "")
    done = shown(browser.submit(page, "code", code=person.code()))
    assert done.status == 200, done.heading
