"""A person's browser as far as the bench needs one: cookies, forms, redirects. Used before the clock starts."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.load import Connection, HttpRequest, HttpResponse

__all__ = ["CHALLENGE", "VERIFIER", "Browser", "form"]

VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def form(path: str, fields: Mapping[str, str], headers: tuple[tuple[str, str], ...] = ()) -> HttpRequest:
    """A form post."""
    return HttpRequest("POST", path, (*_FORM, *headers), urlencode(fields).encode())


class Browser:
    """Keeps cookies over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = Connection(port)
        self.cookies: dict[str, str] = {}

    @property
    def cookie_header(self) -> tuple[str, str]:
        """The Cookie header with everything kept so far."""
        return "Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, authorize_path: str, username: str, password: str) -> str:
        """Walk from an authorization request to its code: password, consent to everything asked, redirect."""
        step = self._follow(HttpRequest("GET", authorize_path))
        step = self._submit(step, {"identifier": username, "password": password})
        if urlsplit(step.headers.get("location", "")).query:
            return self.code(step)
        step = self._submit(step, {"decision": "allow"})
        return self.code(step)

    def send(self, request: HttpRequest) -> HttpResponse:
        """One request with our cookies; those of the answer are kept (one a response suffices here)."""
        headers = (*request.headers, self.cookie_header)
        response = self._connection.send(HttpRequest(request.method, request.path, headers, request.body))
        for line in response.cookies:
            name, _, rest = line.partition("=")
            self.cookies[name.strip()] = rest.partition(";")[0]
        return response

    @staticmethod
    def code(response: HttpResponse) -> str:
        """The code in a redirect to the client."""
        return parse_qs(urlsplit(response.headers["location"]).query)["code"][0]

    def _submit(self, page: HttpResponse, fields: Mapping[str, str]) -> HttpResponse:
        text = page.body.decode()
        token, action = _TOKEN.search(text), _ACTION.search(text)
        if token is None:
            message = f"no form on the page ({page.status}): {text[:200]}"
            raise RuntimeError(message)
        path = unescape(action.group(1)) if action else self._path
        return self._follow(form(path, {**fields, "csrf_token": unescape(token.group(1))}))

    def _follow(self, request: HttpRequest) -> HttpResponse:
        self._path = request.path
        response = self.send(request)
        while response.status in {302, 303}:
            target = urlsplit(response.headers["location"])
            if target.netloc and not target.netloc.startswith("localhost:"):
                return response
            if "code=" in target.query or "error=" in target.query:
                return response
            self._path = f"{target.path}?{target.query}" if target.query else target.path
            response = self.send(HttpRequest("GET", self._path))
        return response
