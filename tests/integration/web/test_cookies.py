from collections.abc import Iterator

import pytest
from werkzeug.http import parse_cookie

from tests.integration.web.conftest import PASSWORD, OpenSite, Site

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def secure_site(open_site: OpenSite) -> Iterator[Site]:
    """The application as it runs behind https."""
    with open_site(WANGOV_ISSUER="https://localhost") as site:
        yield site


def set_by(site: Site, scheme: str) -> dict[str, tuple[str, set[str]]]:
    """Every cookie of a whole sign-in: its value and attributes by name."""
    person, client, base = site.person(), site.app.test_client(), f"{scheme}://localhost"
    began = client.get("/signin", base_url=base)
    path = began.location.removeprefix(base)
    page = client.get(path, base_url=base)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "identifier": person.username, "password": PASSWORD}
    signed_in = client.post(f"{path}/password", data=form, base_url=base)
    assert signed_in.status_code == 303
    found = {}
    for answer in (began, page, signed_in):
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, rest = line.partition("=")
            value, *attributes = rest.split("; ")
            found[name] = (value, set(attributes))
    return found


def test_cookies_under_https(secure_site: Site) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Lax, the whole host; only the known device lasts (AC-067)."""
    found = set_by(secure_site, "https")
    assert set(found) == {"__Host-wangov_browser", "__Host-wangov_session", "__Host-wangov_device"}
    for name, (_, parts) in found.items():
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
        assert any(part.startswith("Max-Age") for part in parts) is (name == "__Host-wangov_device")


def test_cookies_under_http(site: Site) -> None:
    """Plain names without Secure, which only development and tests use."""
    found = set_by(site, "http")
    assert set(found) == {"wangov_browser", "wangov_session", "wangov_device"}
    for _, attributes in found.values():
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= attributes
        assert "Secure" not in attributes


def test_plain_cookies_mean_nothing_under_https(secure_site: Site) -> None:
    """A cookie that a neighbouring host or plain http could have planted is not looked at (AC-066)."""
    value, _ = set_by(secure_site, "https")["__Host-wangov_session"]
    client = secure_site.app.test_client()
    client.set_cookie("wangov_session", value)
    assert client.get("/account").status_code == 303
    client.set_cookie("__Host-wangov_session", value, secure=True)
    assert client.get("/account", base_url="https://localhost").status_code == 200


def test_signing_out_takes_the_cookie_back(site: Site) -> None:
    """The session's cookie ends with it, under the same attributes."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, person)
    held = visitor.cookie("wangov_session")
    answer = visitor.submit("/signout", follow=False)
    (line,) = answer.headers.getlist("Set-Cookie")
    assert parse_cookie(line)["wangov_session"] == ""
    assert "Max-Age=0" in line
    assert visitor.cookie("wangov_session") is None
    visitor.client.set_cookie("wangov_session", held or "")
    visitor.get("/account")
    assert visitor.path.startswith("/signin/")


@pytest.mark.parametrize("value", ["", "x", "wn_" + "A" * 43, "wb_" + "A" * 43, "a" * 4000, '"<script>', "%00"])
def test_rubbish_in_cookies_is_passed_over(site: Site, value: str) -> None:
    """Any value in any of our cookies is at worst a browser that is not known."""
    visitor = site.visitor()
    for name in ("wangov_browser", "wangov_session", "wangov_device", "wangov_lang"):
        visitor.client.set_cookie(name, value)
    visitor.get("/account")
    assert visitor.page.status_code == 200
    site.sign_in(visitor, site.person())
    assert visitor.path == "/account"
