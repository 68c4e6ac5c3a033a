"""What nginx answers itself, and what it keeps to itself: outages, hidden places, names, TLS, compression, logs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded.ports import free_ports
from tests.front.fronted import Fronted
from tests.front.mirror import Mirror, listening
from tests.front.nginx import SHIPPED, Nginx, nginx_program
from tests.front.raw import context, converse
from tests.protocol.driver import Browser, RelyingParty, shown

MACHINE = ["/oauth/token", "/oauth/introspect", "/oauth/userinfo", "/oauth/jwks", "/.well-known/openid-configuration"]
PEOPLE = ["/", "/signin", "/oauth/authorize?client_id=x", "/oauth/logout", "/account", "/consent/x", "/signin/x/code"]
SECRET = "a-secret-that-nobody-may-log"


def _ask(nginx: Nginx, path: str, method: str = "GET", **given: Any) -> requests.Response:
    with requests.Session() as http:
        http.trust_env = False
        return http.request(
            method, f"{nginx.address}{path}", verify=str(nginx.trusted), timeout=15, allow_redirects=False, **given
        )


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The front before nobody."""
    nginx = Nginx(tmp_path_factory.mktemp("lonely"), *free_ports(1))
    yield nginx
    nginx.stop()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", MACHINE)
def test_machine_is_told_of_an_outage(lonely: Nginx, path: str, method: str) -> None:
    """RFC 6749 5.2: 503, temporarily_unavailable, with Retry-After and not to be stored."""
    answer = _ask(lonely, path, method)
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", PEOPLE)
def test_person_is_told_of_an_outage(lonely: Nginx, path: str, method: str) -> None:
    """503 as a page in plain words, in both languages, with a way on, strict about what it may load."""
    answer = _ask(lonely, path, method)
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "We cannot serve you at this moment" in answer.text
    assert '<div lang="fr">' in answer.text
    assert "nginx" not in answer.text


def test_hanging_up_is_an_outage_too(mirrored: Nginx, mirror: Mirror) -> None:
    """A worker that dies under a request: 503, and the request is not sent to another a second time."""
    before, said, mirror.answer = len(mirror.requests), mirror.answer, b""
    answer = _ask(mirrored, "/oauth/token", "POST", data={"grant_type": "authorization_code", "code": "once"})
    mirror.answer = said
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert len(mirror.requests) == before + 1


def test_answers_of_the_provider_pass_unchanged(mirrored: Nginx, mirror: Mirror) -> None:
    """A refusal or an outage that the provider puts into words itself stays as it is."""
    said = mirror.answer
    body = b'{"error":"temporarily_unavailable"}'
    head = f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: {len(body)}\r\n\r\n"
    mirror.answer = head.encode() + body
    answer = _ask(mirrored, "/oauth/token", "POST")
    mirror.answer = said
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (503, body, "1")


@pytest.mark.parametrize("page", sorted(path.name for path in (SHIPPED / "pages").iterdir()))
def test_style_of_a_page_is_the_one_that_the_policy_allows(page: str) -> None:
    """The digest in the policy is that of the page's style, and the page loads nothing else."""
    text = (SHIPPED / "pages" / page).read_text(encoding="utf-8")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in (SHIPPED / "answers.conf").read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|<link|src=|url\(|style=", text)


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/metrics/",
        "/%6detrics",
        "//metrics",
        "/./metrics",
        "/x/../metrics",
        "/metricsx",
        "/METRICS/../metrics",
        "/health/ready",
        "/health/",
        "/health/live/../ready",
        "/-/away.html",
        "/-/../health/ready",
    ],
)
def test_places_for_operators_are_not_there(mirrored: Nginx, mirror: Mirror, path: str) -> None:
    """404 for figures and for the state of the stores, however the address is spelt."""
    before = len(mirror.requests)
    rest = f"Host: localhost:{mirrored.port}\r\nAuthorization: Bearer x\r\nConnection: close"
    sent = f"GET {path} HTTP/1.1\r\n{rest}\r\n\r\n"
    (reply,) = converse(mirrored.port, mirrored.trusted, sent.encode())
    assert reply.status == 404
    assert b"This page does not exist" in reply.body
    assert len(mirror.requests) == before


def test_whether_it_lives_may_be_asked(fronted: Fronted) -> None:
    """For whoever balances load: yes, and nothing more."""
    answer = fronted.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", ""])
def test_name_that_is_not_ours_is_turned_away(mirrored: Nginx, mirror: Mirror, host: str) -> None:
    """421 (or 400 without a name), whatever TLS was told; the provider never sees a foreign name."""
    before = len(mirror.requests)
    sent = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    (reply,) = converse(mirrored.port, mirrored.trusted, sent.encode())
    assert reply.status in {400, 421}
    assert len(mirror.requests) == before


@pytest.mark.parametrize("name", ["evil.example", None])
def test_handshake_for_another_name_fails(mirrored: Nginx, name: str | None) -> None:
    """No certificate is shown to whoever asks for a name that is not ours, or for none."""
    loose = ssl.create_default_context(cafile=str(mirrored.trusted))
    loose.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", mirrored.port), timeout=5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        loose.wrap_socket(plain, server_hostname=name)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_spoken(mirrored: Nginx, version: ssl.TLSVersion) -> None:
    """TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, without tickets."""
    current = ssl.create_default_context(cafile=str(mirrored.trusted))
    current.minimum_version = current.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", mirrored.port), timeout=5) as plain,
        current.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        cipher = connection.cipher()
        assert cipher is not None
        assert re.search("GCM|CHACHA20", cipher[0])
        assert version is ssl.TLSVersion.TLSv1_3 or cipher[0].startswith("ECDHE")
        session = connection.session
        assert version is ssl.TLSVersion.TLSv1_3 or session is None or not session.has_ticket


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("offered", ["TLSv1.1", "AES128-SHA", "ECDHE-ECDSA-AES128-SHA"])
def test_outdated_tls_is_refused(mirrored: Nginx, offered: str) -> None:
    """Neither old versions nor ciphers without forward secrecy or with CBC."""
    weak = ssl.create_default_context(cafile=str(mirrored.trusted))
    weak.set_ciphers("ALL:@SECLEVEL=0")
    if offered == "TLSv1.1":
        weak.minimum_version = weak.maximum_version = ssl.TLSVersion.TLSv1_1
    else:
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers(f"{offered}:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", mirrored.port), timeout=5) as plain, pytest.raises(ssl.SSLError):
        weak.wrap_socket(plain, server_hostname="localhost")


def test_plain_http_shows_the_way_only(mirrored: Nginx, mirror: Mirror) -> None:
    """A page's address leads to https under our name; a form or a machine is turned away, for its secret is out."""
    before = len(mirror.requests)
    plain = f"http://localhost:{mirrored.plain_port}"
    with requests.Session() as http:
        http.trust_env = False
        moved = http.get(f"{plain}/help?a=b", headers={"Host": "evil.example"}, allow_redirects=False, timeout=5)
        assert (moved.status_code, moved.headers["Location"]) == (301, "https://localhost/help?a=b")
        assert http.post(f"{plain}/signin/x/password", data="a=b", allow_redirects=False, timeout=5).status_code == 403
        refused = http.post(f"{plain}/oauth/token", data="a=b", allow_redirects=False, timeout=5)
        assert (refused.status_code, refused.json()["error"]) == (403, "invalid_request")
    assert len(mirror.requests) == before


@pytest.mark.parametrize(("path", "packed"), [("/static/x.css", True), ("/oauth/jwks", True), ("/signin", False)])
def test_only_what_is_the_same_for_all_is_compressed(mirrored: Nginx, mirror: Mirror, path: str, packed: bool) -> None:
    """BREACH: no page that holds a secret beside what a stranger chose is compressed."""
    said = mirror.answer
    media = {"/static/x.css": "text/css", "/oauth/jwks": "application/jwk-set+json"}.get(path, "text/html")
    mirror.answer = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: 5000\r\n\r\n{'a' * 5000}".encode()
    answer = _ask(mirrored, path, headers={"Accept-Encoding": "gzip"})
    mirror.answer = said
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert answer.text == "a" * 5000


def test_media_types_of_the_provider_are_those_compressed(fronted: Fronted) -> None:
    """The style sheet, discovery and keys arrive compressed; a sign-in page does not."""
    page = fronted.get("/")
    (sheet, *_) = re.findall(r'href="(/static/[^"]+\.css[^"]*)"', page.text)
    assert "Content-Encoding" not in page.headers
    for path in (sheet, "/.well-known/openid-configuration"):
        assert fronted.get(path).headers["Content-Encoding"] == "gzip", path


def test_logs_hold_neither_queries_nor_numbers_of_a_sign_in(
    fronted: Fronted, lonely: Nginx, service: RelyingParty
) -> None:
    """Both logs: no query, no transaction, no full address, no header; one JSON object a line."""
    browser = Browser(fronted.issuer, verify=fronted.verify)
    page = shown(browser.open(service.ask(state=SECRET).url))
    transaction = page.url.rpartition("/signin/")[2].partition("/")[0]
    assert transaction
    browser.submit(page, "identifier", identifier="nobody", password=SECRET)
    for nginx in (fronted.front, lonely):
        _ask(
            nginx, f"/oauth/authorize?state={SECRET}", headers={"Referer": f"https://x/{SECRET}", "User-Agent": SECRET}
        )
        _ask(nginx, f"/oauth/token?code={SECRET}", "POST", data={"code": SECRET})
        _ask(nginx, f"/?{SECRET}" + "a" * 9000)
    for nginx in (fronted.front, lonely):
        lines = [json.loads(line) for line in nginx.access_log.splitlines()]
        assert {"/oauth/authorize", "/oauth/token"} <= {line["path"] for line in lines}
        assert {line["network"] for line in lines} == {"127.0.0.*"}
        assert SECRET not in nginx.access_log + nginx.error_log
        assert transaction not in nginx.access_log + nginx.error_log
    assert "/signin/*/password" in fronted.front.access_log


def test_one_address_has_so_many_requests_under_way(tmp_path: Path) -> None:
    """The 101st is told to wait, a machine in OAuth's words; another address is served."""
    with listening() as mirror:
        nginx = Nginx(tmp_path, mirror.port)
        head = f"POST /oauth/token HTTP/1.1\r\nHost: localhost:{nginx.port}\r\nContent-Length: 9\r\n\r\n".encode()
        held = []
        for _ in range(100):
            plain = socket.create_connection(("127.0.0.1", nginx.port), timeout=5, source_address=("127.0.0.9", 0))
            held.append(context(nginx.trusted).wrap_socket(plain, server_hostname="localhost"))
            held[-1].sendall(head)
        plain = socket.create_connection(("127.0.0.1", nginx.port), timeout=5, source_address=("127.0.0.9", 0))
        with context(nginx.trusted).wrap_socket(plain, server_hostname="localhost") as late:
            late.sendall(head + b"a=b&c=d&e")
            said = late.recv(4096)
        assert said.startswith(b"HTTP/1.1 429 ")
        assert b'"temporarily_unavailable"' in said
        assert b"\r\nRetry-After: 1\r\n" in said
        assert _ask(nginx, "/oauth/jwks").status_code == 200
        for connection in held:
            connection.close()
        nginx.stop()


def test_configuration_is_valid_as_shipped(mirrored: Nginx) -> None:
    """The program itself finds nothing to warn of."""
    said = subprocess.run(
        [nginx_program(), "-t", "-p", str(mirrored.folder), "-c", "nginx.conf"],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert said.returncode == 0
    assert "[warn]" not in said.stderr
