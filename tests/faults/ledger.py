"""What clients saw: every call with its outcome, everything that was acknowledged to them, and what broke a promise."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.protocol.driver import Arrival, Browser, RelyingParty, Request

__all__ = ["Call", "Family", "Ledger", "RecordingSession"]

LOST, LATE = "lost", "late"
_PAGES = {
    "/oauth/authorize": "authorize", "/account": "account", "/oauth/logout": "sign-out", "/signout": "sign-out",
    "/.well-known/openid-configuration": "discovery", "/oauth/jwks": "JWKS", "/oauth/introspect": "introspection",
    "/oauth/revoke": "revocation", "/oauth/userinfo": "userinfo", "/health/live": "health",
}  # fmt: skip
_GRANTS = {
    "client_credentials": "token (own)",
    "authorization_code": "token (code)",
    "refresh_token": "token (refresh)",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: when it began (monotonic), how long it took, its status or how it failed."""

    endpoint: str
    began: float
    seconds: float
    outcome: str

    @property
    def failed(self) -> bool:
        """No answer, or the answer that a store is away."""
        return self.outcome in {"503", LOST, LATE}


@dataclass(slots=True)
class Family:
    """An authorization as its client knows it: the code's tokens, and each refresh token in turn.

    `ended` says how the client ended it. `doubtful` is set where an outcome stayed unknown for longer than the grace
    for retries, so that neither life nor end may be expected.
    """

    party: RelyingParty
    grant: str
    offline: bool
    live: str
    access: str
    spent: list[str] = field(default_factory=list)
    ended: str | None = None
    doubtful: bool = False


class Ledger:
    """Written by many clients at once; read when they have stopped."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.acknowledged: list[tuple[str, str]] = []
        self.families: list[Family] = []
        self.codes: list[tuple[RelyingParty, Request, Arrival]] = []
        self.revoked: list[tuple[RelyingParty, str]] = []
        self.sessions: list[dict[str, str]] = []
        self.left: list[dict[str, str]] = []
        self.violations: list[str] = []
        self.excused = 0
        self._lock = threading.Lock()

    def broke(self, promise: str) -> None:
        """Note a broken promise."""
        with self._lock:
            self.violations.append(promise)

    def excuse(self) -> None:
        """Note a refusal that the fault excuses."""
        with self._lock:
            self.excused += 1

    def note(self, call: Call, answer: requests.Response | None, form: Mapping[str, Any]) -> None:
        """Note a call, and what its answer acknowledged."""
        self.calls.append(call)
        if answer is None:
            return
        if answer.status_code == 503 and "Retry-After" not in answer.headers:
            self.broke(f"{call.endpoint}: 503 without Retry-After")
        if answer.status_code >= 500 and answer.status_code != 503:
            self.broke(f"{call.endpoint} answers {answer.status_code}")
        event = _event(call.endpoint, answer, form)
        if event is not None:
            self.acknowledged.append((answer.headers.get("X-Request-Id", ""), event))


class RecordingSession(requests.Session):
    """A client's connections, every request on them written into the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.trust_env = False
        self._ledger = ledger

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **given: Any) -> requests.Response:
        """As requests does; notes the outcome, and raises what it raises."""
        form = _form(given.get("data"))
        endpoint = _endpoint(str(method), str(url), form)
        began = time.monotonic()
        try:
            answer = super().request(method, url, *args, **given)
        except requests.RequestException as error:
            outcome = LATE if isinstance(error, requests.Timeout) else LOST
            self._ledger.note(Call(endpoint, began, time.monotonic() - began, outcome), None, form)
            raise
        call = Call(endpoint, began, time.monotonic() - began, str(answer.status_code))
        self._ledger.note(call, answer, form)
        return answer

    def take_over(self, one: Browser | RelyingParty) -> None:
        """Make this the session of a browser or a relying party."""
        self.verify = one.http.verify
        self.headers.update(one.http.headers)
        self.cookies.update(one.http.cookies)
        one.http.close()
        one.http = self


def _form(data: object) -> Mapping[str, Any]:
    if isinstance(data, list):
        return dict(data)
    return data if isinstance(data, Mapping) else {}


def _endpoint(method: str, url: str, form: Mapping[str, Any]) -> str:
    path = urlsplit(url).path
    if path == "/oauth/token":
        return _GRANTS[form["grant_type"]]
    if path in _PAGES:
        return _PAGES[path]
    first = path.split("/")[1]
    if first == "signin":
        return "sign-in form" if method == "POST" else "sign-in page"
    if first == "consent":
        return "consent form" if method == "POST" else "consent page"
    return "resume" if path.startswith("/oauth/resume/") else path


def _event(endpoint: str, answer: requests.Response, form: Mapping[str, Any]) -> str | None:
    """The audit event that an answer stands for, where it acknowledges something."""
    status = answer.status_code
    if status == 303 and "code=" in answer.headers["Location"]:
        return "authorization.granted"
    if endpoint == "sign-in form" and status == 303 and "session=" in answer.headers.get("Set-Cookie", ""):
        return "session.started"
    if endpoint == "consent form" and status == 303 and form.get("decision") == "allow":
        return "consent.granted"
    if status != 200:
        return None
    if endpoint == "introspection":
        return "token.introspected" if answer.json()["active"] else None
    return {
        "token (own)": "token.issued",
        "token (code)": "token.issued",
        "token (refresh)": "token.refreshed",
        "userinfo": "userinfo.released",
    }.get(endpoint)
