"""Sizes, methods, headers and error answers: AC-018, AC-117, AC-119, AC-127, AC-128, AC-129, AC-131."""

import contextlib
import json
import re
import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty, shown
from tests.protocol.expectations import stopped
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

FORM = "application/x-www-form-urlencoded"
A_FORM = {"Content-Type": FORM}
MACHINE = ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "userinfo_endpoint"]
PAGES = ["/", "/signin", "/help", "/privacy", "/accessibility"]
INSIDE = re.compile(r"Traceback|psycopg|sqlalchemy|werkzeug|flask|gunicorn/|granian|Python/|PostgreSQL", re.IGNORECASE)


@pytest.mark.parametrize("endpoint", MACHINE)
@pytest.mark.parametrize("size", [70_000, 5_000_000])
def test_large_body_at_a_machine_endpoint_is_413_at_once(provider: Provider, endpoint: str, size: int) -> None:
    """AC-128: refused by its length, as JSON, in moments."""
    path = urlsplit(provider.discovery[endpoint]).path
    began = time.perf_counter()
    answer = provider.live.post(path, data=b"x=" + b"A" * size, headers=A_FORM)
    assert answer.status_code == 413
    assert answer.json()["error"] == "invalid_request"
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/logout", "/signout", "/signin/x/password"])
def test_large_body_at_a_page_is_413(provider: Provider, path: str) -> None:
    """AC-128: the same for people's forms, as a page."""
    answer = provider.live.post(path, data=b"x=" + b"A" * 200_000, headers=A_FORM)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")


def test_answer_reaches_whoever_still_sends(provider: Provider) -> None:
    """RFC 9112 section 9.6: a refusal arrives, and says that the connection ends, while the rest of the body comes."""
    head = f"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: 400000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", provider.live.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"x=")
        for _ in range(4):
            time.sleep(0.05)
            connection.sendall(b"A" * 60_000)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in received.lower()


@pytest.mark.parametrize("endpoint", MACHINE)
def test_hundred_thousand_fields_are_refused(provider: Provider, endpoint: str) -> None:
    """AC-128: many small parts cost no more than one large one."""
    path = urlsplit(provider.discovery[endpoint]).path
    small = b"&".join(b"a%d=" % n for n in range(5000))
    answer = provider.live.post(path, data=small, headers=A_FORM)
    assert answer.status_code in {400, 401}
    many = b"&".join(b"a%d=1" % n for n in range(100_000))
    assert provider.live.post(path, data=many, headers=A_FORM).status_code == 413


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/authorize", "/signin/x/password"])
def test_chunked_body_is_bounded_too(provider: Provider, path: str) -> None:
    """AC-128: a body without a length is cut off at the same size."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", provider.live.port), timeout=10) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):  # the server may have closed by then
            for _ in range(70):
                connection.sendall(b"3e8\r\n" + b"A" * 1000 + b"\r\n")
        status = connection.recv(100)
    assert re.match(rb"HTTP/1.1 (400|413) ", status), status


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
        ("Content-Length: 5\r\nContent-Length: 6", "a=bcde"),
        ("Transfer-Encoding : chunked", "0\r\n\r\n"),
        ("Content-Length: +5", "a=bcd"),
        ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
        ("X-A: b\r\n obs: fold", ""),
        ("Content-Length: -1", ""),
    ],
    ids=["length-and-chunked", "two-lengths", "space", "plus", "unknown-coding", "obs-fold", "negative"],
)
def test_ambiguous_framing_is_refused(provider: Provider, head: str, body: str) -> None:
    """AC-127: what two parsers could read in two ways is 400 (or the end), and nothing is smuggled behind it."""
    text = f"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n{head}\r\n\r\n{body}"
    with socket.create_connection(("127.0.0.1", provider.live.port), timeout=10) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    statuses = re.findall(rb"HTTP/1\.1 (\d{3})", received)
    assert statuses in ([], [b"400"], [b"401"], [b"501"]), received[:300]


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Original-URL"])
def test_hostile_host_changes_no_address(provider: Provider, tax: RelyingParty, name: str) -> None:
    """AC-081 in kind: documents, redirects and forms use the configured address, whatever a header claims."""
    headers = {name: "host=evil.example" if name == "Forwarded" else "evil.example"}
    answer = provider.live.get("/.well-known/openid-configuration", headers=headers)
    assert answer.status_code in {200, 400, 421}
    assert "evil" not in answer.text
    redirect = provider.live.get(f"/oauth/authorize?{urlsplit(tax.ask().url).query}", headers=headers)
    assert "evil" not in redirect.headers.get("Location", "")
    page = provider.live.get("/help", headers=headers)
    assert "evil" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/oauth/nowhere",
        "/oauth/par",
        "/.well-known/nowhere",
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/%00",
        "/oauth/token/",
    ],
)
def test_unknown_path_is_404_without_our_inside(provider: Provider, path: str) -> None:
    """AC-119: a plain page or JSON, no versions, no names."""
    answer = provider.live.get(path)
    assert answer.status_code in {400, 404}
    assert not INSIDE.search(answer.text)
    assert not any(character.isdigit() for character in answer.headers.get("Server", ""))
    assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_every_protection(visitor: Browser, path: str) -> None:
    """AC-088, AC-067: policy without unsafe sources, no sniffing, no referrer abroad, nothing cached."""
    page = shown(visitor.open(path))
    assert page.status == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert "camera=()" in page.headers["Permissions-Policy"]


def test_static_files_may_be_kept_for_a_year(provider: Provider, visitor: Browser) -> None:
    """The second page costs its markup only; an unknown file is a page, not a listing."""
    page = shown(visitor.open("/"))
    sheets = re.findall(r'href="(/static/[^"]+)"', page.text)
    assert sheets
    for sheet in sheets:
        answer = provider.live.get(sheet)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
    assert provider.live.get("/static/").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
@pytest.mark.parametrize("path", ["/signout", "/oauth/token", "/oauth/authorize", "/account", "/oauth/logout/confirm"])
def test_verb_tricks_change_nothing(provider: Provider, method: str, path: str) -> None:
    """AC-131: 405 (or refused by the server itself)."""
    answer = provider.live.http.request(method, f"{provider.issuer}{path}", timeout=10, allow_redirects=False)
    assert answer.status_code in {400, 405, 501}


def test_method_override_is_not_known(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-131: neither header nor parameter turns a GET into a POST."""
    signed_in = sign_in(tax, resident, visitor)
    visitor.raw("GET", "/signout?_method=POST", headers={"X-HTTP-Method-Override": "POST"})
    visitor.raw("HEAD", "/signout")
    assert tax.userinfo(signed_in.access_token).status_code == 200


@pytest.mark.parametrize("value", ["\x1b[31mred", "a\nb", '","level":"critical"', "%0a%0dinjected", "\u2028x", "{}[]"])
def test_hostile_text_stays_one_line_of_the_log(provider: Provider, tax: RelyingParty, value: str) -> None:
    """AC-117: each event is one JSON line; nothing of ours stores control characters."""
    browser = provider.browser()
    if value.isprintable() and value.isascii():
        browser.http.headers["User-Agent"] = f"probe {value}"
    browser.open(tax.ask(state=value, redirect_uri=f"https://evil.example/{value}").url)
    page = shown(browser.open(tax.ask(state=value).url))
    browser.submit(page, "identifier", identifier=value, password=value)
    for line in provider.live.log.splitlines():
        start = line.find("{")
        if '"event"' in line and start >= 0:
            assert json.loads(line[start:])["level"] != "critical"
    assert "\x1b[31mred" not in provider.live.log
    rows = provider.events("client.redirect_mismatch", client_id=tax.client_id)
    assert not any(character < " " for row in rows for character in json.dumps(row["body"], ensure_ascii=False))


@pytest.mark.parametrize("length", [3000, 8000, 20_000, 200_000])
def test_long_address_is_refused_with_a_registered_status(provider: Provider, tax: RelyingParty, length: int) -> None:
    """AC-018: 400, 413 or 414, or served where it is short enough; never a 5xx."""
    answer = provider.live.get(f"/oauth/authorize?state={'s' * length}&{urlsplit(tax.ask(state=None).url).query}")
    assert answer.status_code in {303, 400, 413, 414, 431}
    assert "s" * 3000 not in answer.headers.get("Location", "")


def test_too_many_parameters_stop_on_a_page(tax: RelyingParty, visitor: Browser) -> None:
    """AC-018, AC-128: sixty-four are enough for everybody."""
    request = tax.ask(**{f"extra{n}": "x" for n in range(80)})
    stopped(visitor.open(request.url))


@pytest.mark.parametrize("text", ["%ff%fe", "%ed%a0%80", "%00", "a%0d%0aSet-Cookie:x=y"])
def test_bytes_that_are_no_text_break_nothing(tax: RelyingParty, visitor: Browser, text: str) -> None:
    """AC-018, AC-132: broken UTF-8, lone surrogates, NUL and CRLF in a parameter: a page or an answer, never a 5xx."""
    url = f"{tax.ask(state=None, login_hint=None).url}&state={text}&login_hint={text}"
    answer = visitor.raw("GET", url)
    assert answer.status_code in {303, 400}
    assert "x=y" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("field", ["username", "identifier", "state", "login_hint"])
def test_crafted_text_is_answered_fast(tax: RelyingParty, visitor: Browser, field: str) -> None:
    """AC-129: no expression of ours backtracks for long."""
    crafted = ("a@" * 400 + "!" * 400 + "(" * 200)[:1500]
    began = time.perf_counter()
    answer = visitor.raw("POST", "/oauth/authorize", data={**dict(tax.ask().parameters), field: crafted})
    assert answer.status_code in {303, 400}
    assert time.perf_counter() - began < 1


def test_health_and_metrics(provider: Provider) -> None:
    """Live and ready tell of the process, the stores stand in the body; no metrics without a token."""
    assert provider.live.get("/health/live").json() == {"status": "live"}
    ready = provider.live.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["stores"] == {"postgresql": "ok", "valkey": "ok"}
    assert ready.headers["Cache-Control"] == "no-store"
    assert provider.live.get("/metrics").status_code in {404, 401}


def test_every_answer_names_its_request(provider: Provider, visitor: Browser) -> None:
    """A machine's answer carries X-Request-Id, a page of refusal the reference for our staff."""
    token = provider.live.post("/oauth/token")
    assert re.fullmatch(r"[0-9a-f-]{32,36}", token.headers["X-Request-Id"])
    other = provider.live.post("/oauth/token", headers={"X-Request-Id": "chosen-by-caller"})
    assert other.headers["X-Request-Id"] != "chosen-by-caller"
    page = stopped(visitor.open("/oauth/authorize?client_id=nobody"))
    assert re.search(r"[0-9a-f]{8,}", page.text)
