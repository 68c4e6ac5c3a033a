"""A machine request and its answer as values, and the bounded way from one to the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from idp.authorization.errors import WaitError
from idp.authorization.plan import Outcome, Plan

__all__ = ["Answer", "Endpoint", "MachineRequest", "json_answer", "oauth_error", "read_form"]

MAX_BODY_BYTES = 65_536
MAX_FIELDS = 64
MAX_QUERY_CHARS = 16_384
MAX_LENGTH_DIGITS = 18
FORM = "application/x-www-form-urlencoded"
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_JSON = json.JSONEncoder(separators=(",", ":"))
_IN_BODY_ONLY = frozenset(
    {"client_secret", "client_assertion", "code", "refresh_token", "token", "access_token", "code_verifier"}
)


@dataclass(frozen=True, slots=True)
class MachineRequest:
    """What an endpoint may look at. `form` holds each parameter once; `client_address` has passed the proxy rule."""

    method: str
    form: Mapping[str, str]
    authorization: str | None
    origin: str | None
    if_none_match: str | None
    client_address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` without Content-Length, which the front adds."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One machine endpoint. `prepare` yields an answer at once or a plan; `present` puts a plan's outcome into words.

    `cors` says whether browsers of registered origins may call it.
    """

    name: str
    methods: frozenset[str]
    prepare: Callable[[MachineRequest], Plan | Answer]
    present: Callable[[Outcome], Answer]
    cors: bool = False
    max_body: int = MAX_BODY_BYTES


_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    405: "Method Not Allowed",
    413: "Content Too Large",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def status_line(code: int) -> str:
    """The status line of a code we use."""
    return f"{code} {_REASONS[code]}"


def json_answer(document: Any, *, code: int = 200, headers: Iterable[tuple[str, str]] = NO_STORE) -> Answer:
    """A JSON document (bytes: encoded already) as an answer that nobody may store, unless `headers` says otherwise."""
    body = document if isinstance(document, bytes) else _JSON.encode(document).encode()
    return Answer(status_line(code), (("Content-Type", "application/json"), *headers), body)


def oauth_error(error: OAuth2Error, *, challenge: str = "Basic") -> Answer:
    """The registered error as JSON (RFC 6749 5.2). A 401 names the scheme to authenticate with."""
    document = {"error": error.error}
    if error.description:
        document["error_description"] = error.description
    headers: tuple[tuple[str, str], ...] = NO_STORE
    if error.status_code == 401:
        headers = (*NO_STORE, ("WWW-Authenticate", f'{challenge} realm="wangov"'))
    elif isinstance(error, WaitError):
        headers = (*NO_STORE, ("Retry-After", str(error.retry_after)))
    return json_answer(document, code=error.status_code, headers=headers)


def too_large() -> Answer:
    """The body is larger than this endpoint ever needs."""
    return json_answer({"error": "invalid_request", "error_description": "the request is too large"}, code=413)


def unavailable(retry_after: int = 1) -> Answer:
    """A store that is needed does not answer; nothing was done, or it counts as spent."""
    document = {"error": "temporarily_unavailable", "error_description": "try again shortly"}
    return json_answer(document, code=503, headers=(*NO_STORE, ("Retry-After", str(retry_after))))


def read_form(environ: Mapping[str, Any], limit: int) -> dict[str, str] | Answer:
    """The form in the body, each parameter once (RFC 6749 3.2), sizes checked before anything is parsed.

    Credentials in the query string are refused: they would stand in every log on the way (RFC 6749 2.3.1).
    """
    query = environ.get("QUERY_STRING") or ""
    if len(query) > MAX_QUERY_CHARS:
        return too_large()
    if query and not _IN_BODY_ONLY.isdisjoint(name for name, _ in parse_qsl(query, keep_blank_values=True)):
        return oauth_error(InvalidRequestError("credentials belong in the body, not in the query string"))
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return oauth_error(InvalidRequestError("Content-Length is malformed"))
    if len(length) > MAX_LENGTH_DIGITS or int(length) > limit:
        return too_large()
    wanted = limit + 1 if "HTTP_TRANSFER_ENCODING" in environ else int(length)
    try:
        body: bytes = environ["wsgi.input"].read(wanted) if wanted else b""
    except Exception:  # noqa: BLE001 - each server has errors of its own for a body that is cut off or badly chunked
        return oauth_error(InvalidRequestError("the body could not be read"))
    if len(body) > limit:
        return too_large()
    if "HTTP_TRANSFER_ENCODING" not in environ and len(body) < wanted:
        return oauth_error(InvalidRequestError("the body is cut off"))
    if not body:
        return {}
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        return oauth_error(InvalidRequestError(f"the body must be {FORM}"))
    return _form(body)


def _form(body: bytes) -> dict[str, str] | Answer:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:  # not ASCII, not UTF-8 behind the percent signs, or too many fields
        return oauth_error(InvalidRequestError("the form is malformed"))
    given = dict(pairs)
    if len(given) != len(pairs):
        return oauth_error(InvalidRequestError("a parameter is repeated"))
    form = {name: value for name, value in given.items() if value}  # RFC 6749 3.2: empty counts as omitted
    if any("\0" in value for value in form.values()):
        return oauth_error(InvalidRequestError("a parameter holds characters that are no text"))
    return form
