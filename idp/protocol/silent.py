"""The authorization endpoint when nobody needs to be asked: a live session, a consent in force, one redirect.

Most requests of people who are signed in end here, in one round trip. Whatever needs a page is handed on with what was
found out, so that the page does not ask again.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIEnvironment

from idp.authorization.checks import RequestChecker
from idp.authorization.proceeding import FOUND, Issued, Proceeding
from idp.authorization.request import MAX_PARAMETERS, AuthorizationRequest, Parameters
from idp.errors import StoreUnavailableError
from idp.protocol.message import MAX_QUERY_CHARS, Answer

__all__ = ["SilentAuthorization"]


class SilentAuthorization:
    """Answers GET requests that carry the session cookie `cookie` and end in a code sent by redirect.

    `headers` are what every redirect carries beside its own.
    """

    def __init__(
        self,
        checker: RequestChecker,
        proceeding: Proceeding,
        *,
        cookie: str,
        issuer: str,
        headers: tuple[tuple[str, str], ...],
    ) -> None:
        self._checker = checker
        self._proceeding = proceeding
        self._cookie = f"{cookie}="
        self._issuer = issuer
        self._headers = (("Cache-Control", "no-store"), *headers)

    def __call__(self, environ: WSGIEnvironment) -> Answer | None:
        """The redirect to the client, or None when a page must answer."""
        secret = self._secret(environ)
        if secret is None:
            return None
        try:
            request = self._request(environ)
            if request is None or request.response_mode != "query":
                return None
            outcome = self._proceeding.proceed(request, secret)
        except StoreUnavailableError as error:
            environ[FOUND] = error
            return None
        if not isinstance(outcome, Issued):
            environ[FOUND] = (request, outcome)
            return None
        return self._redirect(request, outcome.code)

    def _secret(self, environ: WSGIEnvironment) -> str | None:
        if environ["REQUEST_METHOD"] != "GET":
            return None
        for pair in environ.get("HTTP_COOKIE", "").split(";"):
            text = pair.strip()
            if text.startswith(self._cookie):
                return str(text[len(self._cookie) :])
        return None

    def _request(self, environ: WSGIEnvironment) -> AuthorizationRequest | None:
        query: str = environ.get("QUERY_STRING") or ""
        if len(query) > MAX_QUERY_CHARS or not query.isascii():
            return None
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
        except ValueError:
            return None
        if any(name == "lang" for name, _ in pairs):
            return None
        parameters = Parameters.of(pairs)
        checked = self._checker.check(parameters) if isinstance(parameters, Parameters) else None
        return checked if isinstance(checked, AuthorizationRequest) else None

    def _redirect(self, request: AuthorizationRequest, code: str) -> Answer:
        sent = [("code", code), *([("state", request.state)] if request.state is not None else [])]
        joint = "&" if "?" in request.redirect_uri else "?"
        location = f"{request.redirect_uri}{joint}{urlencode([*sent, ('iss', self._issuer)])}"
        # 303: a 307 would send the sign-in form on to the client (RFC 9700 4.12).
        return Answer("303 See Other", (("Location", location), *self._headers), b"")
