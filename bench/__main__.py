"""Prints CPU per operation, rate, latency and memory for each operation and server. See `--help`."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Callable
from urllib.parse import urlencode

from bench.load import Connection, Figures, HttpRequest, HttpResponse, drive
from bench.person import CHALLENGE, VERIFIER, Browser, form
from bench.stack import Bench, running

REDIRECT = "https://rp.bench.example/callback"
OK, REDIRECTED = 200, 303
PASSWORD = "brisk-otter-lantern-42"

Operation = Callable[[Connection], None]


def main() -> int:
    """Run the bench and print its table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--servers", default="gunicorn,granian")
    parser.add_argument("--connections", default="8,32")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=40)
    parser.add_argument("--only", default="", help="names of operations, comma separated")
    options = parser.parse_args()
    say(
        f"{'server':9} {'operation':28} {'conn':>4} {'ops':>7} {'ops/s':>7} {'CPU ms/op':>9} "
        f"{'p50 ms':>7} {'p99 ms':>7}  by program"
    )
    for server in options.servers.split(","):
        with running(server, threads=options.threads, core=0) as bench:
            operations = prepare(bench)
            wanted = options.only.split(",") if options.only else list(operations)
            for name in wanted:
                for connections in map(int, options.connections.split(",")):
                    measure(bench, server, name, operations[name], connections, options.seconds)
            sizes = ", ".join(f"{size:.0f}" for size in bench.worker_memory())
            say(f"{server:9} PSS of its Python processes after the run, MiB: {sizes}")
    return 0


def measure(bench: Bench, server: str, name: str, operation: Operation, connections: int, seconds: float) -> None:
    """One warm-up, one counted run, one line."""
    drive(bench.port, operation, connections=connections, seconds=1.0)
    before = bench.cpu()
    figures: Figures = drive(bench.port, operation, connections=connections, seconds=seconds)
    used = {program: total - before.get(program, 0.0) for program, total in bench.cpu().items()}
    each = {
        program: spent / figures.operations
        for program, spent in sorted(used.items())
        if spent / figures.operations >= 0.002
    }
    shares = " ".join(f"{program}={spent:.3f}" for program, spent in each.items())
    say(
        f"{server:9} {name:28} {connections:4d} {figures.operations:7d} {figures.operations / figures.seconds:7.0f} "
        f"{sum(used.values()) / figures.operations:9.3f} {figures.p50:7.2f} {figures.p99:7.2f}  {shares}"
    )


def prepare(bench: Bench) -> dict[str, Operation]:
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
    rs_web = bench.cli("client", "create", document=web)
    es_web = bench.cli("client", "create", document={**web, "id_token_signed_response_alg": "ES256"})
    person = {"username": "bench.person", "password": PASSWORD, "name": "Bench Person", "email": "person@bench.example"}
    bench.cli("subscriber", "create", document=person)
    browser = Browser(bench.port)
    codes = {
        id(client): browser.sign_in(authorize_path(client), "bench.person", PASSWORD) for client in (rs_web, es_web)
    }
    tokens = exchange(Connection(bench.port), es_web, codes[id(es_web)])
    return {
        "client_credentials ES256": posting("/oauth/token", es256, {"grant_type": "client_credentials"}),
        "client_credentials RS256": posting("/oauth/token", rs256, {"grant_type": "client_credentials"}),
        "code flow RS256": code_flow(browser, rs_web),
        "code flow ES256": code_flow(browser, es_web),
        "introspection": posting("/oauth/introspect", es_web, {"token": str(tokens["access_token"])}),
        "userinfo": getting("/oauth/userinfo", (("Authorization", f"Bearer {tokens['access_token']}"),)),
        "discovery": getting("/.well-known/openid-configuration"),
        "JWKS": getting("/oauth/jwks"),
    }


def authorize_path(client: dict[str, object]) -> str:
    """A fresh authorization request."""
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "openid profile email",
        "state": "s" * 22, "nonce": "n" * 22, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"/oauth/authorize?{urlencode(query)}"


def basic(client: dict[str, object]) -> tuple[str, str]:
    """The client's Authorization header."""
    pair = f"{client['client_id']}:{client['client_secret']}".encode()
    return "Authorization", f"Basic {base64.b64encode(pair).decode()}"


def exchange(connection: Connection, client: dict[str, object], code: str) -> dict[str, object]:
    """Redeem a code."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    answer: dict[str, object] = json.loads(
        expect(connection.send(form("/oauth/token", fields, (basic(client),))), OK).body
    )
    return answer


def posting(path: str, client: dict[str, object], fields: dict[str, str]) -> Operation:
    """The same form again and again."""
    request = form(path, fields, (basic(client),))
    return lambda connection: _ignore(expect(connection.send(request), OK))


def getting(path: str, headers: tuple[tuple[str, str], ...] = ()) -> Operation:
    """The same read again and again."""
    request = HttpRequest("GET", path, headers)
    return lambda connection: _ignore(expect(connection.send(request), OK))


def code_flow(browser: Browser, client: dict[str, object]) -> Operation:
    """Authorization request with a live session and a remembered consent, then the code's redemption."""
    request = HttpRequest("GET", authorize_path(client), (browser.cookie_header,))

    def operate(connection: Connection) -> None:
        redirected = expect(connection.send(request), REDIRECTED)
        exchange(connection, client, Browser.code(redirected))

    return operate


def expect(response: HttpResponse, status: int) -> HttpResponse:
    """The response, which must have this status."""
    if response.status != status:
        message = f"{response.status} where {status} was expected: {response.body[:300]!r}"
        raise RuntimeError(message)
    return response


def _ignore(_response: HttpResponse) -> None: ...


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
