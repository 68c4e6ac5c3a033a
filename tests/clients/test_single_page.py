"""An application that lives in the browser alone: oidc-client-ts and oauth4webapi in Chromium, under https."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from embedded.authority import CertificateFiles
from tests.chromium import Browsers
from tests.clients.static import StaticSite
from tests.protocol.driver import Person
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
PATHS = ["/callback", "/silent", "/popup", "/keys"]


@dataclass(frozen=True, slots=True)
class App:
    """A registered application and where it lives."""

    site: StaticSite
    provider: Provider

    def open(self, browsers: Browsers, scope: str = "openid email", *, refresh: bool = False) -> Page:
        """A visitor's page with the application, registered anew for this test."""
        party = self.provider.register(
            client_name="Single page",
            token_endpoint_auth_method="none",
            grant_types=["authorization_code", *(["refresh_token"] if refresh else [])],
            redirect_uris=[f"{self.site.address}{path}" for path in PATHS],
            post_logout_redirect_uris=[f"{self.site.address}/signed-out"],
        )
        self.site.settle(issuer=self.provider.issuer, client_id=party.client_id, scope=scope)
        page = browsers.visitor(trusts_everybody=True).new_page()
        page.goto(self.site.address)
        return page


@pytest.fixture(scope="module")
def files(node_home: Path) -> dict[str, bytes]:
    """The page, its script and the libraries as their makers ship them for browsers."""
    modules = node_home / "node_modules"
    return {
        "/index.html": (HERE / "single_page.html").read_bytes(),
        "/single_page.js": (HERE / "single_page.js").read_bytes(),
        "/oidc-client-ts.js": (modules / "oidc-client-ts/dist/browser/oidc-client-ts.min.js").read_bytes(),
        "/oauth4webapi.js": (modules / "oauth4webapi/build/index.js").read_bytes(),
    }


@pytest.fixture(scope="module")
def near(files: dict[str, bytes], provider: Provider, certificate: CertificateFiles) -> Iterator[App]:
    """An application of the same site as the provider: browsers send it the provider's cookies in frames."""
    site = StaticSite(files, "localhost", certificate)
    yield App(site, provider)
    site.stop()


@pytest.fixture(scope="module")
def far(files: dict[str, bytes], provider: Provider) -> Iterator[App]:
    """An application of another site, as most are."""
    site = StaticSite(files, "127.0.0.1")
    yield App(site, provider)
    site.stop()


def sign_in(page: Page, person: Person) -> None:
    """Answer the provider's pages up to the consent."""
    page.locator("#identifier").fill(person.username)
    page.locator("#password").fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#code").fill(person.code())
    page.get_by_role("button", name="Confirm the code").click()
    expect(page.locator("button[value=allow]")).to_be_visible()


def result(page: Page, address: str) -> Any:
    """What the application made of the answer that came back to it."""
    page.wait_for_url(f"{address}/**")
    page.wait_for_function("globalThis.result !== undefined")
    return page.evaluate("result")


def call(page: Page, action: str, *given: Any) -> Any:
    """What an action of the application answers."""
    page.wait_for_function("globalThis.app !== undefined")
    return page.evaluate(f"given => app.{action}(...given)", list(given))


def start(page: Page, action: str = "login", **parameters: Any) -> None:
    """An action that leaves the application's page."""
    page.wait_for_function("globalThis.app !== undefined")
    with page.expect_navigation(wait_until="commit"):
        page.evaluate(f"parameters => {{ app.{action}(parameters) }}", parameters)


def signed_in(page: Page, app: App, person: Person, **parameters: Any) -> Any:
    """Sign in by redirect and allow everything."""
    start(page, **parameters)
    sign_in(page, person)
    for box in page.locator("input[type=checkbox]").all():
        box.check(force=True)
    page.locator("button[value=allow]").click()
    return result(page, app.site.address)


@pytest.mark.parametrize("place", ["near", "far"])
def test_sign_in_and_out_by_redirect(
    request: pytest.FixtureRequest, browsers: Browsers, person: Person, place: str
) -> None:
    """Discovery, token and userinfo across origins; claims from userinfo; sign-out at the provider with state."""
    app: App = request.getfixturevalue(place)
    page = app.open(browsers)
    user = signed_in(page, app, person)
    assert user["profile"]["email"] == "amara@mail.example"
    assert (user["refresh"], user["left"] <= 300) == (None, True)
    start(page, "logout")
    assert result(page, app.site.address) == {"state": "left"}
    start(page, "login", prompt="none")
    assert result(page, app.site.address)["refused"]["error"] == "login_required"


def test_frame_renews_silently_on_the_same_site(near: App, browsers: Browsers, person: Person) -> None:
    """prompt=none in a hidden frame: a new token without a page, and login_required once nobody is signed in."""
    page = near.open(browsers)
    before = signed_in(page, near, person)
    after = call(page, "renew")
    assert after["profile"]["sub"] == before["profile"]["sub"]
    assert after["token"] != before["token"]
    page.context.clear_cookies()
    assert call(page, "renew")["refused"]["error"] == "login_required"


def test_frame_of_another_site_is_told_to_sign_in(far: App, browsers: Browsers, person: Person) -> None:
    """Cookies do not travel into the frame of another site: the answer is login_required, not a hang."""
    page = far.open(browsers)
    signed_in(page, far, person)
    assert call(page, "renew")["refused"]["error"] == "login_required"


def test_refresh_token_renews_from_another_site(far: App, browsers: Browsers, person: Person) -> None:
    """With offline_access the library renews at the token endpoint; each refresh token is new."""
    page = far.open(browsers, "openid email offline_access", refresh=True)
    first = signed_in(page, far, person, prompt="consent")
    assert first["refresh"]
    second = call(page, "renew")
    third = call(page, "renew")
    assert len({one["refresh"] for one in (first, second, third)}) == 3
    assert len({one["token"] for one in (first, second, third)}) == 3


def test_signature_is_checked_by_the_published_keys(far: App, browsers: Browsers, person: Person) -> None:
    """oauth4webapi in the browser: nonce, state, issuer of the response, and the keys across origins."""
    page = far.open(browsers)
    start(page, "loginByKeys")
    sign_in(page, person)
    page.locator("button[value=allow]").click()
    assert result(page, far.site.address)["claims"]["amr"] == ["pwd", "otp", "mfa"]


def test_person_says_no(far: App, browsers: Browsers, person: Person) -> None:
    """The library reads access_denied; nobody is signed in."""
    page = far.open(browsers)
    start(page)
    sign_in(page, person)
    page.locator("button[value=deny]").click()
    assert result(page, far.site.address)["refused"]["error"] == "access_denied"
    assert call(page, "user") is None


def test_answer_of_somebody_else_is_not_taken(far: App, browsers: Browsers) -> None:
    """A state that this browser never asked for is refused by the library."""
    page = far.open(browsers)
    page.goto(f"{far.site.address}/callback?code=forged&state=forged&iss={far.provider.issuer}")
    assert "state" in result(page, far.site.address)["refused"]["message"]


def test_page_can_read_refusals(far: App, browsers: Browsers) -> None:
    """Errors carry the headers that let a page read them: status, type, and the challenge at userinfo."""
    page = far.open(browsers)
    issuer = far.provider.issuer
    denied = call(page, "read", f"{issuer}/oauth/userinfo", {"headers": {"Authorization": "Bearer broken"}})
    assert denied["status"] == 401
    form = {"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "grant_type=x"}
    refused = call(page, "read", f"{issuer}/oauth/token", form)
    assert refused["status"] in {400, 401}
    assert refused["type"].startswith("application/json")


def test_window_of_its_own(far: App, browsers: Browsers, person: Person) -> None:
    """Sign-in in a window that the application opened: the answer finds its way back and the window closes."""
    page = far.open(browsers)
    page.wait_for_function("globalThis.app !== undefined")
    with page.expect_popup() as opened:
        page.evaluate("() => { app.popup().then(user => { globalThis.popped = user }) }")
    window = opened.value
    sign_in(window, person)
    window.locator("button[value=allow]").click()
    page.wait_for_function("globalThis.popped !== undefined")
    assert page.evaluate("popped")["profile"]["email"] == "amara@mail.example"


def test_sign_out_in_a_frame(near: App, browsers: Browsers, person: Person) -> None:
    """With the ID token as hint no page is needed: the hidden frame comes back, and the sign-in has ended."""
    page = near.open(browsers)
    signed_in(page, near, person)
    assert call(page, "logoutSilently") == {"done": None}
    start(page, "login", prompt="none")
    assert result(page, near.site.address)["refused"]["error"] == "login_required"
