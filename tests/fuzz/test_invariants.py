"""The rules find what they are there for: each made-up answer breaks just the rule that is named beside it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.fuzz.answers import Answer, Reader, UnreadableError
from tests.fuzz.engine import Engine, Outcome
from tests.fuzz.growth import Holding, grown
from tests.fuzz.invariants import PAGE_HEADERS, Judge
from tests.fuzz.shots import Shot
from tests.fuzz.words import CANARY
from tests.fuzz.world import World

SECRET = "store-password-1"
PARTY = SimpleNamespace(
    registered={"redirect_uris": ["https://rp.example/cb"], "post_logout_redirect_uris": ["https://rp.example/out"]}
)
JSON = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE = {"Content-Type": "text/html; charset=utf-8"} | {
    name.decode(): POLICY if name == b"content-security-policy" else value.decode() for name, value in PAGE_HEADERS
}


@pytest.fixture
def judge() -> Judge:
    """Who judges for one client at one issuer."""
    world = SimpleNamespace(issuer="http://localhost:1", parties={"rp": PARTY})
    return Judge(cast("World", world), [SECRET])


def _answer(status: int, headers: dict[str, str], body: str = "", *, ours: bool = True) -> Answer:
    given = {**({"X-Request-Id": "a" * 32} if ours else {"Connection": "close"}), **headers}
    lines = [f"{name}: {value}" for name, value in given.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} X", *lines]).encode()
    return Answer(
        status, head, tuple((name.lower().encode(), value.encode()) for name, value in given.items()), body.encode()
    )


def _shot(route: str, *, method: str = "POST", forged: str = "") -> Shot:
    return Shot(0, route, method, b"", forged=forged)


ERROR = '{"error":"invalid_request"}'
GOOD = [
    ("/oauth/token", "", _answer(400, JSON, ERROR)),
    ("/oauth/token", "", _answer(200, JSON, "{}")),
    ("/oauth/token", "", _answer(401, JSON | {"WWW-Authenticate": "Basic"}, '{"error":"invalid_client"}')),
    ("/oauth/token", "", _answer(503, JSON | {"Retry-After": "1"}, '{"error":"temporarily_unavailable"}')),
    ("/oauth/introspect", "access", _answer(200, JSON, '{"active":false}')),
    ("/oauth/userinfo", "access", _answer(401, JSON | {"WWW-Authenticate": 'Bearer realm="x"'})),
    ("/oauth/jwks", "", _answer(200, {**JSON, "Cache-Control": "public"}, "{}")),
    ("/help", "", _answer(200, PAGE, "<p>Hello")),
    ("/oauth/authorize", "", _answer(303, PAGE | {"Location": "https://rp.example/cb?code=x"})),
    (
        "/signin",
        "",
        _answer(303, PAGE | {"Location": "/account", "Set-Cookie": "wangov_session=x; HttpOnly; Path=/; SameSite=Lax"}),
    ),
    ("/health/ready", "", _answer(200, {"Content-Type": "application/json"}, '{"stores":{"postgresql":"ok"}}')),
    ("/help", "", _answer(400, {"Content-Type": "text/html"}, "Bad Request", ours=False)),
]


@pytest.mark.parametrize(("route", "forged", "answer"), GOOD)
def test_good_answers_break_nothing(judge: Judge, route: str, forged: str, answer: Answer) -> None:
    """Every rule passes on answers that are as they should be."""
    assert judge.faults(_shot(route, forged=forged), answer) == []


BAD = [
    ("status 500", "/help", "", _answer(500, PAGE, "x")),
    ("status 500 past the application", "/help", "", _answer(500, {}, "x", ours=False)),
    ("status 302", "/help", "", _answer(302, PAGE | {"Location": "/"})),
    ("503 without Retry-After", "/help", "", _answer(503, PAGE, "x")),
    ("405 without Allow", "/help", "", _answer(405, PAGE, "x")),
    ("names our inside: psycopg", "/help", "", _answer(200, PAGE, "psycopg.OperationalError")),
    (
        "names our inside: traceback",
        "/oauth/token",
        "",
        _answer(400, JSON, '{"error":"invalid_request","error_description":"Traceback"}'),
    ),
    ("names our inside: gunicorn/", "/help", "", _answer(200, PAGE | {"Server": "gunicorn/27"}, "x")),
    ("tells a secret or the name of the machine", "/help", "", _answer(200, PAGE, SECRET)),
    (
        "Location to a foreign place",
        "/oauth/authorize",
        "",
        _answer(303, PAGE | {"Location": "https://evil.example/cb"}),
    ),
    (
        "Location to a foreign place",
        "/oauth/authorize",
        "",
        _answer(303, PAGE | {"Location": "https://rp.example/cb/../x"}),
    ),
    ("Location to a foreign place", "/oauth/authorize", "", _answer(303, PAGE | {"Location": "//evil.example"})),
    ("redirect by 308", "/", "", _answer(308, PAGE | {"Location": "/x"})),
    ("CORS for a foreign origin", "/oauth/jwks", "", _answer(200, JSON | {"Access-Control-Allow-Origin": "*"}, "{}")),
    ("CORS with cookies", "/oauth/jwks", "", _answer(200, JSON | {"Access-Control-Allow-Credentials": "true"}, "{}")),
    (
        "a cookie without protection",
        "/signin",
        "",
        _answer(303, PAGE | {"Location": "/x", "Set-Cookie": "wangov_session=x; Path=/; SameSite=Lax"}),
    ),
    (
        "a cookie without protection",
        "/signin",
        "",
        _answer(200, PAGE | {"Set-Cookie": "other=x; HttpOnly; Path=/; SameSite=Lax"}, "x"),
    ),
    ("page without x-frame-options", "/help", "", _answer(200, {**PAGE, "x-frame-options": ""}, "x")),
    (
        "page without content-security-policy",
        "/help",
        "",
        _answer(200, {**PAGE, "content-security-policy": "default-src *; frame-ancestors 'none'"}, "x"),
    ),
    ("page without a character set", "/help", "", _answer(200, PAGE | {"Content-Type": "text/html"}, "x")),
    ("markup of the caller's in a page", "/help", "", _answer(200, PAGE, f"<p>{CANARY}")),
    (
        "a form to a foreign place",
        "/help",
        "",
        _answer(200, PAGE, '<form method="post" action="https://evil.example/">'),
    ),
    ("a body without a type", "/help", "", _answer(200, {}, "x")),
    ("a machine endpoint redirects", "/oauth/token", "", _answer(200, JSON | {"Location": "/"}, "{}")),
    ("a machine endpoint sets a cookie", "/oauth/token", "", _answer(200, JSON | {"Set-Cookie": "x=y"}, "{}")),
    ("a result that may be kept", "/oauth/token", "", _answer(200, {**JSON, "Cache-Control": "public"}, "{}")),
    ("an error that may be kept", "/oauth/token", "", _answer(400, {**JSON, "Cache-Control": ""}, ERROR)),
    ("an error that is not JSON", "/oauth/token", "", _answer(400, {**JSON, "Content-Type": "text/html"}, ERROR)),
    ("an error that is not JSON", "/oauth/token", "", _answer(400, JSON, "[]")),
    ("error 'wrong'", "/oauth/token", "", _answer(400, JSON, '{"error":"wrong"}')),
    (
        "an error in a form that is not defined",
        "/oauth/token",
        "",
        _answer(400, JSON, '{"error":"invalid_request","error_description":"\u00e9"}'),
    ),
    ("401 without WWW-Authenticate", "/oauth/token", "", _answer(401, JSON, '{"error":"invalid_client"}')),
    ("accepted a forged access", "/oauth/introspect", "access", _answer(200, JSON, '{"active":true}')),
    ("accepted a forged access", "/oauth/userinfo", "access", _answer(200, JSON, "{}")),
    ("accepted a forged code", "/oauth/token", "code", _answer(200, JSON, "{}")),
    (
        "accepted a forged hint",
        "/oauth/logout",
        "hint",
        _answer(303, PAGE | {"Location": "https://rp.example/out?state=x"}),
    ),
    ("accepted a forged session", "/account", "session", _answer(200, PAGE, "x")),
    ("a refusal that repeats the request", "/help", "", _answer(400, {}, CANARY, ours=False)),
    ("refused and left open", "/help", "", _answer(400, {"Connection": "keep-alive"}, "x", ours=False)),
]


@pytest.mark.parametrize(("fault", "route", "forged", "answer"), BAD)
def test_bad_answers_break_the_rule(judge: Judge, fault: str, route: str, forged: str, answer: Answer) -> None:
    """Each rule finds what it is there for."""
    assert fault in judge.faults(_shot(route, forged=forged), answer)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"workers": frozenset({1, 3})}, "worker processes were"),
        ({"memory": {1: 10.0, 2: 99.0}}, "process 2 grew"),
        ({"files": 500}, "more files are open"),
        ({"connections": 90}, "more connections to PostgreSQL"),
        ({"hanging": 1}, "transactions left open"),
        ({"keys": {"signin": 2000}}, "more keys in Valkey"),
        ({"keys": {"signin": 900}, "key_bytes": 10**9}, "bytes for each key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_growth_is_found(change: dict[str, Any], fault: str) -> None:
    """What a run leaves behind is held to its bound."""
    before = Holding(frozenset({1, 2}), {1: 10.0, 2: 20.0}, 10, 5, 0, {}, 1000, 0)
    after = Holding(**{**{name: getattr(before, name) for name in before.__slots__}, **change})
    assert grown(before, before, 1000) == []
    assert [text for text in grown(before, after, 1000) if fault in text]


@pytest.mark.parametrize(
    "wire",
    [
        b"<html>nothing",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_told(wire: bytes) -> None:
    """Answers are not guessed at."""
    reader = Reader()
    reader.held = wire
    with pytest.raises(UnreadableError):
        reader.answer("GET")


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], int]]:
    """A server that answers every connection's first bytes with the same bytes, and says no more."""
    listeners: list[socket.socket] = []

    def start(said: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def work() -> None:
            with listener:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(said)
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(1)

        threading.Thread(target=work, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("said", "raw", "faults"),
    [
        (OK, True, ()),
        (b"", False, ("no answer",)),
        (b"", True, ()),
        (OK[:-1], True, ("an answer that was cut off",)),
        (OK + OK, True, ("more answers than requests",)),
        (OK + b"HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", True, ()),
        (b"garbage", True, ("no HTTP answer: it begins with b'garbage'",)),
    ],
    ids=["good", "silent", "silent-raw", "cut", "two", "refused-behind", "garbage"],
)
def test_engine_tells_what_the_server_did(
    serve: Callable[[bytes], int], said: bytes, raw: bool, faults: tuple[str, ...]
) -> None:
    """Silence, too many answers and broken ones are findings."""
    told: list[Outcome] = []
    engine = Engine(serve(said), told.append)
    engine.run(iter([Shot(0, "x", "GET", b"GET / HTTP/1.1\r\n\r\n", raw=raw)]))
    engine.close()
    assert [outcome.faults for outcome in told] == [faults]
