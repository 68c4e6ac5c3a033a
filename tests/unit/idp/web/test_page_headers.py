from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from idp.web import headers


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://tax.example/callback?x=1", "https://tax.example"),
        ("https://TAX.example:8443/callback", "https://tax.example:8443"),
        ("http://127.0.0.1:5001/callback", "http://127.0.0.1:5001"),
        ("http://[::1]:5001/callback", "http:"),
        ("sl.example.app:/callback", "sl.example.app:"),
        ("https://user:secret@tax.example/", "https://tax.example"),
        ("https://*.example/", None),
        ("https://[2001:db8::1]/", None),
        ("https://tax.example;script-src *//", None),
        ("https://tax.example 'unsafe-inline'/", None),
        ("https://tax.example\r\nX-Evil: 1/", None),
        ("https://täx.example/", None),
        ("https://tax.example:99999/", None),
        ("https:///callback", None),
        ("https://" + "a" * 2000 + ".example/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//tax.example/", None),
        ("", None),
    ],
)
def test_source_expression_covers_the_origin_or_nothing(uri: str, source: str | None) -> None:
    """Only a plain origin or a private-use scheme comes out, never what could write policy of its own."""
    assert headers.source_expression(uri) == source


@given(st.text())
def test_source_expression_never_holds_what_ends_a_directive(uri: str) -> None:
    """No text makes a source with a space, separator, quote or wildcard."""
    source = headers.source_expression(uri)
    assert source is None or not set(source) & set(" ;,'\"*\r\n\t")


@pytest.mark.parametrize(
    ("issuer", "lasting"),
    [
        ("https://id.example", True),
        ("http://id.example", False),
        ("https://localhost:8000", False),
        ("https://[::1]:8000", False),
    ],
)
def test_strict_transport_is_for_https_names_of_others(issuer: str, lasting: bool) -> None:
    """HSTS goes out under https, and never binds a developer's loopback name."""
    assert (headers.policy_for(issuer).strict_transport_seconds > 0) is lasting


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str], FlaskClient]:
    """A browser for an application with one page of each sort, by its issuer."""
    (tmp_path / "style.css").write_text("body{}")

    def make(issuer: str) -> FlaskClient:
        app = Flask("pages", static_folder=str(tmp_path), static_url_path="/static")
        counter = iter(range(10))
        headers.install(app, policy=headers.policy_for(issuer), nonce=lambda: f"n{next(counter)}")
        app.add_url_rule("/plain", "plain", lambda: "<p>")
        app.add_url_rule("/style", "style", lambda: render_template_string("{{ static_url('style.css') }}"))

        @app.get("/scripted")
        def scripted() -> str:
            return f"{headers.csp_nonce()} {headers.csp_nonce()}"

        @app.get("/wide")
        def wide() -> str:
            form = headers.allow_form_redirect("https://tax.example/cb", "sl.app:/cb", "javascript:x")
            image = headers.allow_image("https://cdn.example/logo.png")
            scheme = headers.allow_image("sl.app:/logo.png")
            return f"{form} {image} {scheme}"

        @app.get("/own")
        def own() -> tuple[str, dict[str, str]]:
            return "<p>", {"Referrer-Policy": "strict-origin", "Content-Security-Policy": "default-src *"}

        return app.test_client()

    return make


def policy(answer_headers: Headers) -> dict[str, str]:
    """The directives of a policy by name."""
    text = answer_headers["Content-Security-Policy"]
    return {name: sources for name, _, sources in (part.partition(" ") for part in text.split("; "))}


@pytest.mark.parametrize("path", ["/plain", "/missing", "/static/missing"])
def test_every_page_carries_the_headers(build: Callable[[str], FlaskClient], path: str) -> None:
    """Error pages too: no framing, no sniffing, no storing, nothing loaded from elsewhere, no script."""
    answer = build("https://id.example").get(path)
    assert policy(answer.headers) == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "img-src": "'self' data:",
        "style-src": "'self'",
    }
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert path != "/plain" or answer.headers["Cache-Control"] == "no-store"


def test_no_strict_transport_over_http(build: Callable[[str], FlaskClient]) -> None:
    """A browser would ignore it; so would we rather not promise it."""
    assert "Strict-Transport-Security" not in build("http://localhost:8000").get("/plain").headers


def test_nonce_is_one_a_response_and_new_for_the_next(build: Callable[[str], FlaskClient]) -> None:
    """Two asks in one page give one nonce, which the policy names; the next response has another."""
    browser = build("http://localhost")
    first, second = browser.get("/scripted"), browser.get("/scripted")
    assert (first.text, second.text) == ("n0 n0", "n1 n1")
    assert policy(first.headers)["script-src"] == "'nonce-n0'"
    assert policy(second.headers)["script-src"] == "'nonce-n1'"


def test_view_widens_the_policy_of_its_own_response_only(build: Callable[[str], FlaskClient]) -> None:
    """Safe origins are added, an unsafe one is reported and left out, and the next page is narrow again."""
    browser = build("http://localhost")
    answer = browser.get("/wide")
    assert answer.text == "False True False"
    assert policy(answer.headers)["form-action"] == "'self' https://tax.example sl.app:"
    assert policy(answer.headers)["img-src"] == "'self' data: https://cdn.example"
    assert policy(browser.get("/plain").headers)["form-action"] == "'self'"


def test_view_may_set_its_own_header_but_no_own_policy(build: Callable[[str], FlaskClient]) -> None:
    """A referrer policy of the view stays; a content security policy of the view is replaced."""
    answer = build("http://localhost").get("/own")
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert policy(answer.headers)["default-src"] == "'none'"


def test_static_file_is_kept_for_a_year_under_its_digest_only(build: Callable[[str], FlaskClient]) -> None:
    """The address from static_url may be kept; the same file by another address is asked for again."""
    browser = build("http://localhost")
    kept = {}
    for address in (browser.get("/style").text, "/static/style.css", "/static/style.css?v=guess"):
        with browser.get(address) as answer:
            kept[address] = answer.headers["Cache-Control"]
    assert list(kept.values()) == ["public, max-age=31536000, immutable", "no-cache", "no-cache"]


def test_requests_to_devices_are_for_named_origins_only() -> None:
    """What is no origin of http or https is a mistake of ours; two origins stand beside our own."""
    app = Flask(__name__, static_folder=None)
    headers.install(app, headers.policy_for("http://localhost"), lambda: "n")

    @app.get("/devices")
    def devices() -> str:
        headers.allow_own_requests()
        headers.allow_requests("http://127.0.0.1:4501", "http://127.0.0.1:4502")
        for wrong in ("http://127.0.0.1:4501/x", "http://127.0.0.1:*", "*", "data:", "http:"):
            with pytest.raises(ValueError, match=r".*"):
                headers.allow_requests(wrong)
        return ""

    @app.get("/camera")
    def camera() -> str:
        headers.allow_camera()
        return ""

    devices_page, camera_page = app.test_client().get("/devices"), app.test_client().get("/camera")
    policy = devices_page.headers["Content-Security-Policy"]
    assert "connect-src 'self' http://127.0.0.1:4501 http://127.0.0.1:4502" in policy
    assert "camera=()" in devices_page.headers["Permissions-Policy"]
    assert "camera=(self)" in camera_page.headers["Permissions-Policy"]
    assert "microphone=()" in camera_page.headers["Permissions-Policy"]
    assert "connect-src" not in camera_page.headers["Content-Security-Policy"]
