"""Requests that two parsers could read in two ways, forged proxy headers, and verbs that should not be there."""

from __future__ import annotations

import http.client

import pytest
import redis

from tests.abuse.watch import Watch
from tests.abuse.wire import FORM, exchange, head_of
from tests.live import LiveServer
from tests.protocol.driver import RelyingParty
from tests.protocol.journey import SignedIn, attempt, login
from tests.protocol.provider import Provider

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
AMBIGUOUS = {
    "length and chunked": (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    "chunked and length": (["Transfer-Encoding: chunked", "Content-Length: 5"], b"0\r\n\r\n"),
    "two lengths": (["Content-Length: 5", "Content-Length: 6"], b"a=bcd"),
    "two lengths in one": (["Content-Length: 5, 6"], b"a=bcd"),
    "signed length": (["Content-Length: +5"], b"a=bcd"),
    "negative length": (["Content-Length: -1"], b""),
    "length in hex": (["Content-Length: 0x5"], b"a=bcd"),
    "blank before the colon": (["Transfer-Encoding : chunked"], b"0\r\n\r\n"),
    "blank in a name": (["X Forwarded: a"], b""),
    "unknown coding": (["Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
    "coding twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], b"0\r\n\r\n"),
    "obsolete folding": (["X-A: b", " folded: c"], b""),
    "NUL": (["X-A: b\x00c"], b""),
}
BOTH_LENGTHS = {"length and chunked", "chunked and length"}


@pytest.mark.parametrize("shape", AMBIGUOUS)
def test_ambiguous_request_is_refused_and_ends_the_connection(server: LiveServer, shape: str) -> None:
    """AC-127: 400 (501 for a coding that nobody knows) and the end; what stands behind it is never answered.

    granian takes a body with both lengths by its chunks alone and ends the connection, as RFC 9112 6.3 permits; it
    stands behind nginx, which refuses that.
    """
    lines, body = AMBIGUOUS[shape]
    head = head_of("POST", "/oauth/introspect", f"Content-Type: {FORM}", *lines)
    answer = exchange(server.port, head + body + SMUGGLED, linger=0.2)
    processed = [401]  # what the application says to a good request
    permitted = [[400], [501], *([processed] if server.server == "granian" and shape in BOTH_LENGTHS else [])]
    assert answer.statuses in permitted, answer.received[:300]
    assert answer.ended
    assert b"smuggled" not in answer.received


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X_Forwarded-For", "X-Forwarded_For"])
def test_underscored_spelling_of_a_proxy_header_is_not_believed(
    watch: Watch, provider: Provider, tax: RelyingParty, name: str
) -> None:
    """AC-127: only one spelling is the proxy's; another is refused, or counts for nothing."""
    browser = provider.browser()
    page = login(tax, browser)
    before = watch.counters()
    for number in range(3):
        browser.http.headers[name] = f"10.99.0.{number}"
        answer = attempt(browser, page, f"nobody-{number}")
        assert answer.status_code == 400
    named = {key for key in watch.counters() - before if b":count:signin:" in key}
    assert len(named) <= 1


def test_addresses_in_front_of_the_proxys_own_count_for_nothing(
    watch: Watch, provider: Provider, tax: RelyingParty
) -> None:
    """AC-127: X-Forwarded-For as far as our proxy wrote it; host, scheme and prefix of the caller's are dropped."""
    browser = provider.browser()
    page = login(tax, browser)
    own = str(browser.http.headers["X-Forwarded-For"])
    before = watch.counters()
    for number in range(3):
        browser.http.headers.update(
            {
                "X-Forwarded-For": f"10.99.1.{number}, {own}",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-Prefix": f"/evil{number}",
                "X-Real-IP": f"10.99.2.{number}",
                "Forwarded": f"for=10.99.3.{number}",
                "CF-Connecting-IP": f"10.99.4.{number}",
            }
        )
        answer = attempt(browser, page, f"nobody-{number}")
        assert answer.status_code == 400
        assert "evil" not in answer.text
        assert "Secure" not in answer.headers.get("Set-Cookie", "")
    named = {key for key in watch.counters() - before if b":count:signin:" in key}
    assert len(named) == 1


def test_without_a_proxy_no_forwarded_address_is_believed(granian_server: LiveServer) -> None:
    """AC-127: a provider that is told of no proxy looks at none of these headers, under the other server too."""
    environment = granian_server.environment
    with redis.Redis.from_url(environment["WANGOV_REDIS_URL"]) as valkey:
        counters = f"{environment['WANGOV_REDIS_PREFIX']}:count:begun:*"
        for number in range(3):
            answer = granian_server.get("/signin", headers={"X-Forwarded-For": f"10.98.0.{number}"})
            assert answer.status_code == 303
        assert len(list(valkey.scan_iter(counters))) == 1


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "POSTX"])
@pytest.mark.parametrize("path", ["/oauth/authorize", "/signin", "/oauth/logout", "/signout", "/oauth/token"])
def test_other_verbs_change_nothing(watch: Watch, provider: Provider, held: SignedIn, method: str, path: str) -> None:
    """AC-131: 405 where reading acts, or refused by the server itself; no code, no transaction, no end of a session."""
    query = {"/oauth/authorize": held.party.ask(scope="openid profile email").url.partition("?")[2]}
    query["/oauth/logout"] = held.party.logout_url(id_token_hint=held.id_token).partition("?")[2]
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in held.browser.http.cookies)
    with watch.attack() as scene:
        connection = http.client.HTTPConnection("localhost", provider.live.port, timeout=10)
        connection.request(method, f"{path}?{query.get(path, '')}", headers={"Cookie": cookies})
        answer = connection.getresponse()
        connection.close()
    assert answer.status in ({400, 405, 501} if method in {"get", "POSTX", "PROPFIND"} else {405})
    assert answer.getheader("Location") is None
    assert scene.events == []
    assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
def test_verb_is_that_of_the_request_line(watch: Watch, held: SignedIn, name: str) -> None:
    """AC-131: no header and no parameter makes another verb of a GET, or of a POST."""
    with watch.attack() as scene:
        answers = [
            held.browser.raw("GET", f"/signout?{name}=POST", headers={name: "POST"}),
            held.browser.raw("GET", f"/oauth/token?{name}=POST&grant_type=x", headers={name: "POST"}),
            held.browser.raw("POST", "/health/live", headers={name: "GET"}, data={name: "GET"}),
        ]
    assert {answer.status_code for answer in answers[:2]} <= ({400, 405} if "_" in name else {405})
    assert answers[2].status_code in {400, 405}
    assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200
