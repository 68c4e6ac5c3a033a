"""AC-067: under https the cookies are __Host- and Secure, and the whole journey works."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from embedded.authority import Authority
from tests.live import LiveServer
from tests.protocol.driver import Person, RelyingParty, arrived, shown
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

PATHS = ["/.well-known/openid-configuration", "/oauth/jwks", "/oauth/token", "/help", "/account"]
COOKIES = {"__Host-wangov_browser", "__Host-wangov_session", "__Host-wangov_device"}


@pytest.fixture(scope="module")
def provider(start_server: Callable[..., LiveServer], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider with a certificate of a private authority."""
    authority = Authority(tmp_path_factory.mktemp("authority"), "Authority of a test")
    certificate = authority.issue("localhost")
    provider = Provider(start_server(certificate=certificate, authority=authority.certificate))
    yield provider
    provider.console.close()


@pytest.fixture(scope="module")
def public(start_server: Callable[..., LiveServer]) -> LiveServer:
    """A provider that is reached under a public name, behind a proxy that ends TLS; asked here past that proxy."""
    return start_server(settings={"WANGOV_ISSUER": "https://id.gov.example", "WANGOV_TRUSTED_PROXIES": "1"})


@pytest.fixture(scope="module")
def service(provider: Provider) -> RelyingParty:
    """A service of this provider."""
    return provider.register()


@pytest.fixture(scope="module")
def person(provider: Provider) -> Person:
    """A person of this provider."""
    return provider.enrol()


def test_every_cookie_is_bound_to_host_and_transport(provider: Provider, service: RelyingParty, person: Person) -> None:
    """AC-067, RFC 6265bis 4.1.3.2: __Host- names with Secure, HttpOnly, SameSite=Lax, Path=/ and no Domain."""
    browser = provider.browser()
    step = browser.open(service.ask().url)
    seen = list(browser.trail)
    arrived(person.go_on(browser, step))
    browser.open("/account?lang=fr")
    seen += browser.trail
    browser.open(service.ask(prompt="login").url)
    seen += browser.trail
    set_now = [header for answer in seen for header in answer.raw.headers.getlist("Set-Cookie")]
    set_now += [f"{cookie.name}=; secure={cookie.secure}" for cookie in browser.http.cookies]
    names = {header.partition("=")[0] for header in set_now}
    assert names >= COOKIES
    assert all(name.startswith("__Host-") for name in names)
    for header in set_now:
        if "; secure=" in header:
            assert header.endswith("True")
            continue
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes, header
        assert not any(attribute.startswith("domain") for attribute in attributes)


def test_plain_cookie_names_are_not_believed_under_https(
    provider: Provider, service: RelyingParty, person: Person
) -> None:
    """AC-066: a cookie without the prefix, which a neighbour could have planted, is no session."""
    victim = sign_in(service, person, provider.browser())
    secret = victim.browser.cookie("session") or ""
    ghost = provider.browser()
    ghost.http.cookies.set("wangov_session", secret, domain="localhost.local")
    assert arrived(ghost.open(service.ask(prompt="none").url)).parameters["error"] == "login_required"


@pytest.mark.parametrize("path", PATHS)
def test_loopback_name_is_never_bound_to_https(provider: Provider, path: str) -> None:
    """RFC 6797: asked for on localhost, strict transport would bind every port of the developer's machine."""
    assert "Strict-Transport-Security" not in provider.live.get(path).headers


@pytest.mark.parametrize("path", PATHS)
def test_strict_transport_is_asked_for_everywhere_else(public: LiveServer, path: str) -> None:
    """RFC 6797: under a public name every answer asks for it, machine endpoints and pages alike."""
    assert "max-age=" in public.get(path).headers["Strict-Transport-Security"]


def test_whole_journey_works(provider: Provider, service: RelyingParty, person: Person) -> None:
    """Discovery, sign-in, userinfo, refresh, sign-out; the session's cookie is taken back."""
    signed_in = sign_in(service, person, provider.browser(), scope="openid email")
    assert service.userinfo(signed_in.access_token).json()["email"] == "amara@mail.example"
    assert service.refresh(signed_in.refresh_token).status_code == 200
    arrived_at = signed_in.browser.open(
        service.logout_url(id_token_hint=signed_in.id_token, post_logout_redirect_uri=_back(service))
    )
    assert arrived(arrived_at).address == _back(service)
    assert not signed_in.browser.cookie("session")
    assert shown(signed_in.browser.open("/account")).offers("password")


def _back(service: RelyingParty) -> str:
    return str(service.registered["post_logout_redirect_uris"][0])
