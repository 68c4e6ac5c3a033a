"""What is measured: the operations of a relying party, each as a step that a connection repeats."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import urlencode

from bench.load import Connection, HttpRequest, HttpResponse, Operation
from bench.person import CHALLENGE, VERIFIER, Browser, form
from bench.stack import Bench

__all__ = ["Client", "basic", "operations"]

REDIRECT = "https://rp.bench.example/callback"
OK, REDIRECTED = 200, 303
PASSWORD = "brisk-otter-lantern-42"

Client = dict[str, object]


def operations(bench: Bench) -> dict[str, Operation]:
    """Register clients and a person, sign in once, and name the operations."""
    machine = {
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "scope": "records:read",
    }
    es256 = bench.cli("client", "create", document={"client_name": "Bench machine", **machine})
    rs256 = bench.cli(
        "client", "create", document={"client_name": "Bench RS256", **machine, "access_token_signing_alg": "RS256"}
    )
    web = {
        "client_name": "Bench service",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email", "sector": "rp.bench.example",
    }  # fmt: skip
    es_web = bench.cli("client", "create", document={**web, "id_token_signed_response_alg": "ES256"})
    rs_web = bench.cli("client", "create", document={**web, "access_token_signing_alg": "RS256"})
    person = {"username": "bench.person", "password": PASSWORD, "name": "Bench Person", "email": "person@bench.example"}
    bench.cli("subscriber", "create", document=person)
    browser = Browser(bench.port)
    codes = [browser.sign_in(_authorize_path(client), "bench.person", PASSWORD) for client in (es_web, rs_web)]
    tokens = _exchange(Connection(bench.port), es_web, codes[0])
    return {
        "client credentials ES256": _posting("/oauth/token", es256, {"grant_type": "client_credentials"}),
        "client credentials RS256": _posting("/oauth/token", rs256, {"grant_type": "client_credentials"}),
        "code flow ES256": _code_flow(browser, es_web),
        "code flow RS256": _code_flow(browser, rs_web),
        "refresh ES256": _refreshing(browser, es_web),
        "refresh RS256": _refreshing(browser, rs_web),
        "introspection": _posting("/oauth/introspect", es_web, {"token": str(tokens["access_token"])}),
        "userinfo": _getting("/oauth/userinfo", (("Authorization", f"Bearer {tokens['access_token']}"),)),
        "discovery + JWKS": _documents(),
    }


def basic(client: Client) -> tuple[str, str]:
    """The client's Authorization header."""
    pair = f"{client['client_id']}:{client['client_secret']}".encode()
    return "Authorization", f"Basic {base64.b64encode(pair).decode()}"


def _authorize_path(client: Client) -> str:
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "openid profile email",
        "state": "s" * 22, "nonce": "n" * 22, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"/oauth/authorize?{urlencode(query)}"


def _exchange(connection: Connection, client: Client, code: str) -> dict[str, object]:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return _document(connection.send(form("/oauth/token", fields, (basic(client),))))


def _posting(path: str, client: Client, fields: dict[str, str]) -> Operation:
    return _repeating(form(path, fields, (basic(client),)))


def _getting(path: str, headers: tuple[tuple[str, str], ...] = ()) -> Operation:
    return _repeating(HttpRequest("GET", path, headers))


def _documents() -> Operation:
    """Both documents that a relying party reads, one after the other."""
    return _repeating(HttpRequest("GET", "/.well-known/openid-configuration"), HttpRequest("GET", "/oauth/jwks"))


def _repeating(*requests: HttpRequest) -> Operation:
    def ready(connection: Connection) -> Callable[[], None]:
        def step() -> None:
            for request in requests:
                _expect(connection.send(request), OK)

        return step

    return ready


def _code_flow(browser: Browser, client: Client) -> Operation:
    """Authorization request with a live session and a remembered consent, then the code's redemption."""
    request = HttpRequest("GET", _authorize_path(client), (browser.cookie_header,))

    def ready(connection: Connection) -> Callable[[], None]:
        def step() -> None:
            _exchange(connection, client, Browser.code(_expect(connection.send(request), REDIRECTED)))

        return step

    return ready


def _refreshing(browser: Browser, client: Client) -> Operation:
    """A family for each connection, rotated on and on."""
    request = HttpRequest("GET", _authorize_path(client), (browser.cookie_header,))

    def ready(connection: Connection) -> Callable[[], None]:
        code = Browser.code(_expect(connection.send(request), REDIRECTED))
        token = str(_exchange(connection, client, code)["refresh_token"])

        def step() -> None:
            nonlocal token
            fields = {"grant_type": "refresh_token", "refresh_token": token}
            token = str(_document(connection.send(form("/oauth/token", fields, (basic(client),))))["refresh_token"])

        return step

    return ready


def _document(response: HttpResponse) -> dict[str, object]:
    answer: dict[str, object] = json.loads(_expect(response, OK).body)
    return answer


def _expect(response: HttpResponse, status: int) -> HttpResponse:
    if response.status != status:
        message = f"{response.status} where {status} was expected: {response.body[:300]!r}"
        raise RuntimeError(message)
    return response
