"""A person with a browser, and a relying party, over plain HTTP. Nothing here knows how the provider works inside.

The browser follows redirects by hand, within the provider only, and holds every one of them to 303: a 307 would
send what a person typed on to the next address (RFC 9700 4.12). The relying party reads discovery and verifies
tokens by the published keys with a library that the provider does not use for its own tokens.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urljoin, urlsplit

import pyotp
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.protocol.pages import Arrival, Form, Page, read_page

__all__ = ["Arrival", "Browser", "Page", "Person", "RelyingParty", "Request", "arrived", "shown"]

SECONDS = 20
HOPS = 12
STEP = 30
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
Step = Page | Arrival


def shown(step: Step) -> Page:
    """The step as a page; fails when the person was sent away."""
    assert isinstance(step, Page), step
    return step


def arrived(step: Step) -> Arrival:
    """The step as an arrival at the relying party; fails with the page's heading when it is a page."""
    assert isinstance(step, Arrival), (step.url, step.status, step.heading)
    return step


class Browser:
    """A browser with cookies of its own. `address` is what a trusted proxy in front would report."""

    def __init__(
        self, issuer: str, address: str | None = None, language: str = "en", verify: bool | str = True
    ) -> None:
        self.issuer = issuer
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = verify
        self.http.headers.update({"User-Agent": "protocol tests", "Accept-Language": language})
        if address is not None:
            self.http.headers["X-Forwarded-For"] = address
        self.trail: list[requests.Response] = []

    def raw(self, method: str, url: str, **given: Any) -> requests.Response:
        """One request, no redirect followed."""
        answer = self.http.request(method, urljoin(self.issuer, url), allow_redirects=False, timeout=SECONDS, **given)
        self.trail.append(answer)
        return answer

    def open(self, url: str, data: Iterable[tuple[str, str]] | None = None, **given: Any) -> Step:
        """Go to an address (or post to it) and follow the provider's redirects until a page or an arrival."""
        method = "GET" if data is None else "POST"
        self.trail = []
        answer = self.raw(method, url, data=None if data is None else list(data), **given)
        for _ in range(HOPS):
            if "Location" not in answer.headers:
                return self._landed(answer)
            assert answer.status_code == 303, (answer.status_code, answer.url)
            target = urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(f"{self.issuer}/"):
                return _arrival(target, answer.status_code)
            answer = self.raw("GET", target)
        raise AssertionError(f"more than {HOPS} redirects, last to {answer.url}")

    def submit(self, page: Page, name: str, /, *, tick: Iterable[str] | None = None, **values: str) -> Step:
        """Send the page's form that has `name`, with `values` typed in and, if `tick` is given, just these boxes."""
        form = page.form(name)
        return self.open(form.action, filled(form, tick=tick, **values), headers={"Referer": page.url})

    def cookie(self, part: str) -> str | None:
        """The value of the cookie whose name ends with `part`."""
        return next((cookie.value for cookie in self.http.cookies if cookie.name.endswith(part)), None)

    def _landed(self, answer: requests.Response) -> Step:
        page = read_page(answer.url, answer.status_code, answer.headers, answer.text)
        away = [form for form in page.forms if not form.action.startswith(f"{self.issuer}/")]
        if answer.ok and away:
            held = away[0].held
            return Arrival(away[0].action, away[0].action, "form_post", dict(held), held, answer.status_code)
        return page


def filled(form: Form, *, tick: Iterable[str] | None = None, **values: str) -> list[tuple[str, str]]:
    """What a browser would send for a form."""
    pairs = [(name, value) for name, value in form.held if name not in values]
    if tick is not None:
        pairs = [pair for pair in pairs if pair[0] != "field"] + [("field", claim) for claim in tick]
    return pairs + list(values.items())


def _arrival(target: str, status: int) -> Arrival:
    pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True, strict_parsing=bool(urlsplit(target).query))
    return Arrival(target, target.partition("?")[0], "query", dict(pairs), pairs, status)


# The step of a sign-in that asks for a code by mail, and its button.
_MAILED, _SEND = re.compile(r"/signin/[^/]+/email$"), re.compile(r"/signin/[^/]+/email/send$")


@dataclass(slots=True)
class Person:
    """Somebody who can sign in. `epoch` reads the provider's clock, `wait` moves it on: each code works once.

    `mailed` is the newest code that was sent to them.
    """

    username: str
    password: str
    id: str
    totp_secret: str | None = None
    epoch: Callable[[], float] = field(default=lambda: 0.0, repr=False)
    wait: Callable[[float], None] = field(default=lambda _: None, repr=False)
    mailed: Callable[[], str] = field(default=lambda: "", repr=False)
    last_step: int = 0

    def code(self) -> str:
        """A one-time code not used before, as the app on the phone would show it."""
        assert self.totp_secret is not None
        now = int(self.epoch()) // STEP
        if now <= self.last_step:
            self.wait((self.last_step + 1 - now) * STEP)
        self.last_step = max(now, self.last_step + 1)
        return pyotp.TOTP(self.totp_secret).at(self.last_step * STEP)

    def go_on(
        self, browser: Browser, step: Step, *, decision: str = "allow", tick: Iterable[str] | None = None
    ) -> Step:
        """Answer every page of a sign-in (password, code, consent) until something else comes."""
        for _ in range(HOPS):
            if isinstance(step, Arrival) or step.status >= 400:
                return step
            if step.offers("identifier"):
                step = browser.submit(step, "identifier", identifier=self.username, password=self.password)
            elif any(_MAILED.search(form.action) for form in step.forms):
                step = browser.submit(step, "code", code=self.mailed())
            elif sending := [form for form in step.forms if _SEND.search(form.action)]:
                step = browser.open(sending[0].action, sending[0].held, headers={"Referer": step.url})
            elif step.offers("code"):
                step = browser.submit(step, "code", code=self.code())
            elif ("decision", "allow") in [button for form in step.forms for button in form.buttons]:
                step = browser.submit(step, "decision", tick=tick, decision=decision)
            else:
                return step
        raise AssertionError("the sign-in does not end")


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request as sent: its parameters and the verifier kept back."""

    url: str
    parameters: list[tuple[str, str]]
    verifier: str

    def get(self, name: str) -> str:
        """A parameter that was sent."""
        return dict(self.parameters)[name]


class RelyingParty:
    """A registered client. `registration` is what the operator's command answered."""

    def __init__(
        self, issuer: str, registration: Mapping[str, Any], discovery: Mapping[str, Any], verify: bool | str = True
    ) -> None:
        self.issuer = issuer
        self.registered = dict(registration)
        self.discovery = discovery
        self.client_id: str = registration["client_id"]
        self.secret: str | None = registration.get("client_secret")
        self.method: str = registration["token_endpoint_auth_method"]
        self.redirect_uri: str = (registration.get("redirect_uris") or [""])[0]
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = verify

    def ask(self, **changes: str | list[str] | None) -> Request:
        """An authorization request with PKCE, state and nonce; None leaves a parameter out, a list repeats it."""
        verifier = secrets.token_urlsafe(48)
        given: dict[str, str | list[str] | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        pairs = [
            (name, one)
            for name, value in given.items()
            if value is not None
            for one in (value if isinstance(value, list) else [value])
        ]
        return Request(f"{self.discovery['authorization_endpoint']}?{urlencode(pairs)}", pairs, verifier)

    def post(self, endpoint: str, form: Mapping[str, Any], *, proven: bool = True, **given: Any) -> requests.Response:
        """Post to a machine endpoint (named as in discovery), authenticated as registered unless told otherwise."""
        data = {name: value for name, value in form.items() if value is not None}
        headers = dict(given.pop("headers", {}))
        if proven and self.method == "client_secret_basic":
            headers["Authorization"] = basic(self.client_id, self.secret or "")
        elif proven:
            data = {"client_id": self.client_id, **data}
            if self.secret and self.method == "client_secret_post":
                data = {"client_secret": self.secret, **data}
        return self.http.post(
            self.discovery[endpoint], data=data, headers=headers, timeout=SECONDS, allow_redirects=False, **given
        )

    def redeem(self, request: Request, arrival: Arrival, **changes: str | None) -> requests.Response:
        """Exchange the code of an arrival."""
        form = {
            "grant_type": "authorization_code",
            "code": arrival.parameters.get("code"),
            "redirect_uri": request.get("redirect_uri"),
            "code_verifier": request.verifier if "code_challenge" in dict(request.parameters) else None,
            **changes,
        }
        return self.post("token_endpoint", form)

    def refresh(self, token: str, **changes: str | None) -> requests.Response:
        """Use a refresh token."""
        return self.post("token_endpoint", {"grant_type": "refresh_token", "refresh_token": token, **changes})

    def userinfo(self, token: str, method: str = "GET", **given: Any) -> requests.Response:
        """Ask userinfo with the token in the header."""
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        url = self.discovery["userinfo_endpoint"]
        return self.http.request(method, url, headers=headers, timeout=SECONDS, **given)

    def introspect(self, token: str, **changes: str) -> dict[str, Any]:
        """The introspection document."""
        answer = self.post("introspection_endpoint", {"token": token, **changes})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def revoke(self, token: str, **changes: str) -> requests.Response:
        """Revoke a token."""
        return self.post("revocation_endpoint", {"token": token, **changes})

    def keys(self) -> KeySet:
        """The published keys."""
        return KeySet.import_key_set(self.http.get(self.discovery["jwks_uri"], timeout=SECONDS).json())

    def read(self, token: str) -> jwt.Token:
        """A token verified by the published keys; its header and claims."""
        return jwt.decode(token, self.keys(), algorithms=ALGORITHMS)

    def logout_url(self, **parameters: str | None) -> str:
        """An end-session request."""
        pairs = [(name, value) for name, value in parameters.items() if value is not None]
        return f"{self.discovery['end_session_endpoint']}?{urlencode(pairs)}"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> str:
    """A Basic header with both parts form-encoded (RFC 6749 2.3.1)."""
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
