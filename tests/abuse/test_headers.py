"""Headers of every kind of answer: pages, refusals, errors of the router and of the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.abuse.watch import Watch
from tests.live import LiveServer
from tests.protocol.driver import RelyingParty, arrived
from tests.protocol.journey import SignedIn
from tests.protocol.pages import Page
from tests.protocol.provider import Provider
from tests.stack import ROOT

PLACEHOLDERS = {
    "<uuid:consent_id>": "00000000-0000-4000-8000-000000000000",
    "<transaction_id>": "wt_" + "A" * 43,
    "<path:filename>": "none.css",
}
FORM = "application/x-www-form-urlencoded"


def routes() -> list[str]:
    """Every address that the provider serves, with something in place of what varies."""
    lines = (ROOT / "tests/golden/routes.txt").read_text(encoding="utf-8").splitlines()
    paths = {line.split()[0] for line in lines}
    for placeholder, value in PLACEHOLDERS.items():
        paths = {path.replace(placeholder, value) for path in paths}
    return sorted(paths)


def _everything(provider: Provider, held: SignedIn, path: str) -> Iterator[requests.Response]:
    """Answers of one address to strangers and to a signed-in person, well and badly asked."""
    for http in (provider.browser().http, held.browser.http):
        for method in ("GET", "POST", "PUT"):
            for kind in (FORM, "application/json"):
                yield http.request(
                    method, f"{provider.issuer}{path}", headers={"Content-Type": kind}, timeout=10,
                    allow_redirects=False,
                )  # fmt: skip


@pytest.mark.parametrize("path", [*routes(), "/nowhere", "/oauth/nowhere", "//evil.example"])
def test_no_answer_can_be_framed_sniffed_or_told_apart(
    watch: Watch, provider: Provider, held: SignedIn, path: str
) -> None:
    """AC-088, AC-119: framing forbidden on every page; no answer names versions, hosts or our inside."""
    with watch.attack():
        answers = list(_everything(provider, held, path))
    for answer in answers:
        assert answer.status_code < 500, (answer.request.method, answer.status_code)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not any(sign.isdigit() for sign in answer.headers.get("Server", ""))
        assert "X-Powered-By" not in answer.headers
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"


def test_every_cookie_that_is_ever_set_is_guarded(provider: Provider, held: SignedIn, tax: RelyingParty) -> None:
    """AC-067: HttpOnly, SameSite=Lax, Path=/ and no Domain, whatever the answer; the wire has nothing else."""
    seen: list[str] = []
    for path in routes():
        for answer in _everything(provider, held, f"{path}?lang=fr"):
            seen += answer.raw.headers.getlist("Set-Cookie")
    held.browser.open(tax.ask(prompt="login").url)
    seen += [line for answer in held.browser.trail for line in answer.raw.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in seen} >= {"wangov_browser", "wangov_lang"}
    for line in seen:
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes, line
        assert not any(attribute.startswith("domain") for attribute in attributes)


def test_page_that_posts_to_a_client_may_not_be_framed(held: SignedIn) -> None:
    """AC-088: the one page that carries a code is guarded like the others."""
    arrival = arrived(held.browser.open(held.party.ask(response_mode="form_post", scope="openid profile email").url))
    assert arrival.mode == "form_post"
    answer = held.browser.trail[-1]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


# --- the host ----------------------------------------------------------------------------------------------------

STRANGE_HOSTS = ["evil.example", "localhost.evil.example", "evil.example:80", "192.0.2.7", "localhost@evil.example", ""]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("path", ["/", "/signin", "/oauth/authorize", "/.well-known/openid-configuration"])
def test_request_for_another_host_is_turned_away(
    watch: Watch, provider: Provider, tax: RelyingParty, host: str, path: str
) -> None:
    """AC-081: 421 or 400 without a redirect, a cookie or the strange name; counted; nothing is begun."""
    query = tax.ask().url.partition("?")[2] if path == "/oauth/authorize" else ""
    with watch.attack() as scene:
        answer = provider.live.get(f"{path}?{query}", headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "evil" not in answer.text
    assert sum(number for (_, status), number in scene.answers.items() if status in {"400", "421"}) == 1
    assert scene.left_nothing()


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "localhost:{port}", "localhost:1"])
def test_own_host_is_known_in_every_spelling(provider: Provider, host: str) -> None:
    """AC-081: letter case, a root dot and the port make no other host (RFC 9110 4.2.3)."""
    answer = provider.live.get("/help", headers={"Host": host.format(port=provider.live.port)})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3:8000", "[::1]:8000", "pod-7.internal"])
def test_probes_may_ask_by_address(provider: Provider, path: str, host: str) -> None:
    """AC-081: whoever watches the health of a process knows its address, not its public name."""
    assert provider.live.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host", "X-Forwarded-Server"])
def test_no_header_moves_an_address(provider: Provider, tax: RelyingParty, name: str) -> None:
    """AC-081: redirects, forms, links and documents are built from the configured address alone."""
    hostile = {name: "for=1.2.3.4;host=evil.example" if name == "Forwarded" else "evil.example"}
    browser = provider.browser()
    browser.http.headers.update(hostile)
    page = browser.open(tax.ask().url)
    assert isinstance(page, Page)
    assert all(link.startswith(provider.issuer) for link in page.links.values())
    assert all(form.action.startswith(provider.issuer) for form in page.forms)
    for answer in browser.trail:
        assert "evil" not in answer.text + answer.headers.get("Location", "")
    assert provider.live.get("/.well-known/openid-configuration", headers=hostile).json() == provider.discovery


def test_granian_turns_strange_hosts_away_too(granian_server: LiveServer) -> None:
    """AC-081: the rule is the application's, not the server's."""
    for path in ("/", "/oauth/authorize"):
        assert granian_server.get(path, headers={"Host": "evil.example"}).status_code == 421
    assert granian_server.get("/health/live", headers={"Host": "10.1.2.3"}).status_code == 200
