"""What every answer must be, whatever was asked: the rules, each with its name.

`Judge.faults` names the rules that an answer breaks. A rule says nothing about whether a request should have succeeded,
except where it carried something that nobody ever issued.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from tests.fuzz.answers import Answer
from tests.fuzz.shots import Shot
from tests.fuzz.words import CANARY
from tests.fuzz.world import ORIGIN, World

__all__ = ["ERRORS", "INSIDE", "MACHINE", "Judge"]

MACHINE = frozenset(
    {
        "/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo", "/oauth/jwks", "/oauth/events",
        "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/webauthn",
    }
)  # fmt: skip
# Registered at IANA for the endpoints that are called by machines, and what RFC 6750 adds.
ERRORS = frozenset(
    {
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
        "invalid_scope", "invalid_target", "invalid_token", "insufficient_scope", "temporarily_unavailable",
        "unsupported_token_type",
    }
)  # fmt: skip
STATUSES = frozenset(
    {200, 204, 206, 303, 304, 400, 401, 403, 404, 405, 409, 413, 414, 415, 416, 417, 421, 429, 431, 503}
)
# The web servers' own refusals of what is no HTTP; the only answers that did not pass the application.
REFUSALS = frozenset({400, 405, 408, 413, 414, 417, 431, 501, 505})
# What tells of our inside, in lower case: traces, libraries, servers with their versions, addresses of stores.
INSIDE = (
    b"traceback", b'file "', b'.py", line', b"psycopg", b"sqlalchemy", b"werkzeug", b"jinja2", b"gunicorn/",
    b"granian/", b"python/", b"postgresql", b"site-packages", b"insert into ", b"select * ", b"redis://",
    b"redis.exceptions",
)  # fmt: skip
# The health page names the stores that it looked at, and that is all it says.
HEALTH = b'"postgresql"'
_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_ID = re.compile(rb"[0-9a-f]{32}")
_COOKIE = re.compile(rb"(?:__Host-)?wangov_(?:browser|session|device|lang|text)=[^;\x00-\x20\"\\,]*(; .*)")
PAGE_HEADERS = (
    (b"content-security-policy", b"default-src 'none'"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=()"),
    (b"cache-control", b"no-store"),
)
# The page that checks cards takes pictures and works off the network; no other page here does either.
CHECKS_CARDS = b"worker-src 'self'"
# What opens only for who holds the right secret.
OPENED = frozenset({"/oauth/token", "/oauth/userinfo", "/account", "/metrics"})
# Headers of which a second one would be read in two ways.
ONCE = (b"content-type", b"content-length", b"location", b"content-security-policy", b"cache-control")
MAX_PAGE_BYTES = 300_000
_MEASUREMENTS = b"text/plain; version="
# gunicorn's refusal of a request line repeats that line, escaped.
MAX_REFUSAL_BYTES = 30_000


class Judge:
    """Knows what is ours: the issuer, where clients may be sent, which secrets must never leave."""

    def __init__(self, world: World, secrets: Iterable[str] = ()) -> None:
        self._issuer = world.issuer
        parties = world.parties.values()
        self._targets = {
            uri
            for party in parties
            for key in ("redirect_uris", "post_logout_redirect_uris")
            for uri in party.registered.get(key) or ()
        }
        parts = [urlsplit(uri) for uri in self._targets]
        self._origins = {ORIGIN, *(f"{part.scheme}://{part.netloc}" for part in parts if part.scheme == "https")}
        self._secrets = [secret.encode() for secret in secrets if len(secret) > 7]
        self._returns = tuple(
            uri for party in parties for uri in party.registered.get("post_logout_redirect_uris") or ()
        )

    def faults(self, shot: Shot, answer: Answer) -> list[str]:
        """The names of the rules that this answer breaks."""
        ours = bool(answer.get(b"x-request-id"))
        found = [*_status(answer, ours=ours), *self._leaks(shot, answer), *self._directions(answer)]
        if not ours:
            return [*found, *_server_refusal(shot, answer)]
        if shot.route in MACHINE:
            found += _machine(shot, answer)
        else:
            found += [*_cookies(answer), *self._page(answer)]
        if shot.forged and self._accepted(shot, answer):
            found.append(f"accepted a forged {shot.forged}")
        return found

    def _leaks(self, shot: Shot, answer: Answer) -> Iterator[str]:
        """Nothing of our inside but what was asked with, no secret of a store, no name of the machine."""
        head = answer.head.replace(b"\r\nServer: gunicorn\r\n", b"\r\n", 1)
        text = head + b"\n" + answer.body.replace(HEALTH, b"", 1)
        lower = text.lower()
        for word in INSIDE:
            if word in lower and word not in shot.wire.lower():
                yield f"names our inside: {word.decode()}"
        if any(secret in text for secret in self._secrets):
            yield "tells a secret or the name of the machine"

    def _directions(self, answer: Answer) -> Iterator[str]:
        """Nobody is sent, and no script is let in, where no client was registered."""
        for name in ONCE:
            if len(answer.all(name)) > 1:
                yield f"two headers {name.decode()}"
        location = answer.get(b"location")
        if location and not self._is_ours(location.decode("latin-1")):
            yield "Location to a foreign place"
        origin = answer.get(b"access-control-allow-origin").decode("latin-1")
        if origin and origin not in self._origins:
            yield "CORS for a foreign origin"
        if answer.get(b"access-control-allow-credentials"):
            yield "CORS with cookies"

    def _page(self, answer: Answer) -> Iterator[str]:
        if answer.get(b"location") and answer.status != 303:
            yield f"redirect by {answer.status}"
        kind = answer.get(b"content-type")
        if kind.startswith(b"text/html") and answer.body:
            yield from self._markup(answer)
        elif answer.body and not kind:
            yield "a body without a type"
        # Measurements of every route are a long list.
        if len(answer.body) > MAX_PAGE_BYTES and not kind.startswith(_MEASUREMENTS):
            yield "a huge page"
        if not _ID.fullmatch(answer.get(b"x-request-id")):
            yield "no request id"

    def _markup(self, answer: Answer) -> Iterator[str]:
        checks_cards = CHECKS_CARDS in answer.get(b"content-security-policy")
        for name, part in PAGE_HEADERS:
            wanted = part.replace(b"camera=()", b"camera=(self)") if checks_cards else part
            if wanted not in answer.get(name):
                yield f"page without {name.decode()}"
        if answer.get(b"content-type") != b"text/html; charset=utf-8":
            yield "page without a character set"
        if CANARY.encode() in answer.body:
            yield "markup of the caller's in a page"
        yield from self._foreign_forms(answer.body)

    def _foreign_forms(self, body: bytes) -> Iterator[str]:
        for action in re.findall(rb'<form[^>]* action="([^"]*)"', body):
            if not self._is_ours(action.replace(b"&amp;", b"&").decode("latin-1")):
                yield "a form to a foreign place"

    def _is_ours(self, target: str) -> bool:
        if target.startswith("/") and not target.startswith(("//", "/\\")):
            return "\\" not in target
        if target.startswith(f"{self._issuer}/"):
            return True
        return target.partition("?")[0] in self._targets or target in self._targets

    def _accepted(self, shot: Shot, answer: Answer) -> bool:
        if shot.route == "/oauth/introspect":
            return answer.status == 200 and (answer.json() or {}).get("active") is not False
        if shot.route == "/oauth/logout":
            return answer.get(b"location").decode("latin-1").startswith(self._returns)
        return shot.route in OPENED and answer.status == 200


def _status(answer: Answer, *, ours: bool) -> Iterator[str]:
    """A status that is foreseen, with the header that belongs to it."""
    status = answer.status
    if ours and status not in STATUSES:
        yield f"status {status}"
    if status in {429, 503} and not answer.get(b"retry-after").isdigit():
        yield f"{status} without Retry-After"
    if status == 405 and ours and not answer.get(b"allow"):
        yield "405 without Allow"


def _cookies(answer: Answer) -> Iterator[str]:
    """Only our cookies, none of which a script or another site can use."""
    for line in answer.all(b"set-cookie"):
        found = _COOKIE.fullmatch(line)
        flags = found[1] if found else b""
        if b"Domain" in flags or not all(flag in flags for flag in (b"HttpOnly", b"SameSite=Lax", b"Path=/")):
            yield "a cookie without protection"


def _server_refusal(shot: Shot, answer: Answer) -> Iterator[str]:
    """The web server refused on its own: briefly, and then no more on this connection."""
    if answer.status not in REFUSALS:
        yield f"status {answer.status} past the application"
    if answer.status == 501 and b"ransfer-" not in shot.wire:
        yield "501 without a reason"
    if not answer.closes and not (shot.raw or answer.status == 405):
        yield "refused and left open"
    if len(answer.body) > MAX_REFUSAL_BYTES or CANARY.encode() in answer.body:
        yield "a refusal that repeats the request"


def _machine(shot: Shot, answer: Answer) -> Iterator[str]:
    """Whatever a machine endpoint refuses, it says so in a registered word as JSON that nobody keeps."""
    if answer.get(b"location"):
        yield "a machine endpoint redirects"
    if answer.get(b"set-cookie"):
        yield "a machine endpoint sets a cookie"
    if answer.get(b"x-content-type-options") != b"nosniff":
        yield "no nosniff"
    if answer.status in {200, 204, 304}:
        if answer.status == 200 and b"no-store" not in answer.get(b"cache-control") and shot.route not in _DOCUMENTS:
            yield "a result that may be kept"
        return
    yield from _error(shot, answer)


_DOCUMENTS = frozenset(route for route in MACHINE if route == "/oauth/jwks" or route.startswith("/.well-known/"))
_BAD_HOST = b"text/plain; charset=utf-8"


def _error(shot: Shot, answer: Answer) -> Iterator[str]:
    if answer.get(b"cache-control") != b"no-store":
        yield "an error that may be kept"
    if answer.get(b"content-type") == _BAD_HOST and answer.status in {400, 421} and len(answer.body) < 60:
        return  # refused by its Host before anybody looked at the path
    if not answer.body and (shot.method == "HEAD" or _asks_for_a_token(shot, answer)):
        return
    document = answer.json()
    if answer.get(b"content-type") != b"application/json" or not isinstance(document, dict):
        yield "an error that is not JSON"
        return
    if document.get("error") not in ERRORS:
        yield f"error {document.get('error')!r}"
    if not set(document) <= {"error", "error_description", "error_uri"} or not all(
        _TEXT.fullmatch(str(text)) for text in document.values()
    ):
        yield "an error in a form that is not defined"
    if answer.status == 401 and not answer.get(b"www-authenticate"):
        yield "401 without WWW-Authenticate"


def _asks_for_a_token(shot: Shot, answer: Answer) -> bool:
    """RFC 6750 3.1: a request without any token is told the scheme and no error."""
    return shot.route == "/oauth/userinfo" and answer.status == 401 and b"error" not in answer.get(b"www-authenticate")
