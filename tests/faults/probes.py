"""One question to each endpoint, prepared before a fault and asked during it; the answer in the words of the table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from tests.faults.answers import ROWS
from tests.protocol.driver import Person, RelyingParty, shown
from tests.protocol.journey import attempt, login, obtain_code, sign_in
from tests.protocol.provider import Provider

__all__ = ["Heard", "Questions", "ask_all"]

_SECONDS = 20
Question = Callable[[], requests.Response]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer in the words of the table, how long it took, and what it looked like."""

    words: str
    seconds: float
    answer: requests.Response | None = None


class Questions:
    """Everything needed to ask each endpoint once: live tokens, a fresh code, pages half filled in.

    Whoever asks has connections of their own, so that no question waits for another.
    """

    def __init__(self, provider: Provider, service: RelyingParty, person: Person) -> None:
        self._provider = provider
        self._service = service
        held = sign_in(self._party(), person, provider.browser(), scope="openid email")
        leaving = sign_in(self._party(), person, provider.browser())
        given_up = self._party().redeem(*obtain_code(service, person, held.browser)).json()
        request, arrival = obtain_code(service, person, held.browser, scope="openid email")
        newcomer, typing = provider.browser(), provider.browser()
        page = login(service, typing)
        offer = shown(held.browser.open(service.ask(prompt="consent").url)).form("decision")
        cookies = held.browser.http.cookies.get_dict()
        for browser in (held.browser, leaving.browser, newcomer, typing):
            browser.http.close()  # what is asked next goes over a new connection
        self.all: Mapping[str, Question] = {
            "discovery": lambda: self._get("/.well-known/openid-configuration"),
            "jwks": lambda: self._get("/oauth/jwks"),
            "own-token": lambda: self._party().post("token_endpoint", {"grant_type": "client_credentials"}),
            "code": lambda: self._party().redeem(request, arrival),
            "refresh": lambda: self._party().refresh(held.refresh_token),
            "introspection": lambda: self._party().post("introspection_endpoint", {"token": held.access_token}),
            "userinfo": lambda: self._party().userinfo(held.access_token),
            "revocation": lambda: self._party().revoke(given_up["refresh_token"]),
            "authorize": lambda: held.browser.raw("GET", service.ask().url),
            "newcomer": lambda: newcomer.raw("GET", service.ask().url),
            "password": lambda: attempt(typing, page, person.username, person.password),
            "consent": lambda: self._post(offer.action, [*offer.held, ("decision", "allow")], cookies),
            "account": lambda: self._get("/account", cookies),
            "sign-out": lambda: leaving.browser.raw("GET", service.logout_url(id_token_hint=leaving.id_token)),
            "live": lambda: self._get("/health/live"),
            "ready": lambda: self._get("/health/ready"),
        }
        assert list(self.all) == list(ROWS)

    def _party(self) -> RelyingParty:
        return RelyingParty(self._service.issuer, self._service.registered, self._service.discovery)

    def _get(self, path: str, cookies: Mapping[str, str] | None = None) -> requests.Response:
        return requests.get(
            self._provider.issuer + path, cookies=dict(cookies or {}), timeout=_SECONDS, allow_redirects=False
        )

    def _post(self, url: str, form: list[tuple[str, str]], cookies: Mapping[str, str]) -> requests.Response:
        return requests.post(url, data=form, cookies=dict(cookies), timeout=_SECONDS, allow_redirects=False)


def ask_all(questions: Mapping[str, Question]) -> dict[str, Heard]:
    """Ask everything at the same time."""
    with ThreadPoolExecutor(len(questions)) as pool:
        return dict(zip(questions, pool.map(_ask, questions, questions.values()), strict=True))


def _ask(name: str, question: Question) -> Heard:
    began = time.perf_counter()
    try:
        answer = question()
    except requests.RequestException as error:
        return Heard(type(error).__name__, time.perf_counter() - began)
    return Heard(_words(name, answer), time.perf_counter() - began, answer)


def _words(name: str, answer: requests.Response) -> str:
    status = str(answer.status_code)
    if answer.status_code == 503:
        return status
    if answer.status_code == 303:
        return f"{status} {_direction(answer.headers['Location'])}"
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        document = answer.json()
        if "error" in document:
            return f"{status} {document['error']}"
        if name == "introspection":
            return f"{status} {'active' if document['active'] else 'inactive'}"
        if name == "ready":
            missing = " and ".join(store for store, state in document["stores"].items() if state != "ok")
            return f"{status} without {missing}" if missing else status
    return status


def _direction(location: str) -> str:
    if "code=" in location:
        return "with code"
    if "/signin" in location:
        return "to sign-in"
    return "onward" if "/oauth/resume/" in location else f"to {location}"
