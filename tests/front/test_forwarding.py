"""Who asked, and how, is what nginx says; what a caller says about it is dropped."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.front.fronted import Fronted
from tests.front.mirror import Mirror
from tests.front.nginx import Nginx
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

CLAIMED = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "X-Original-URL",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "Forwarded",
    "Proxy",
    "TE",
    "Upgrade",
    "Early-Data",
]


class From(HTTPAdapter):
    """Connects from a given loopback address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pool of connections."""
        super().init_poolmanager(*arguments, **options, source_address=(self._address, 0))


def _ask(nginx: Nginx, path: str = "/", **headers: str) -> requests.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with requests.Session() as http:
        http.trust_env = False
        return http.get(
            f"{nginx.address}{path}", headers=given, verify=str(nginx.trusted), timeout=15, allow_redirects=False
        )


@pytest.mark.parametrize("name", CLAIMED)
def test_claimed_origin_is_dropped(mirrored: Nginx, mirror: Mirror, name: str) -> None:
    """AC-127: nothing of a header that says who asked or how survives; two are said anew."""
    _ask(mirrored, **{name: "203.0.113.9, evil.example"})
    headers = mirror.last()
    assert b"203.0.113.9" not in mirror.requests[-1]
    assert headers["x-forwarded-for"] == ["127.0.0.1"]
    assert headers["x-forwarded-proto"] == ["https"]


def test_what_a_caller_may_say_arrives(mirrored: Nginx, mirror: Mirror) -> None:
    """Credentials, cookies, origin, language and conditions pass unchanged."""
    given = {
        "Authorization": "Bearer abc",
        "Cookie": "a=b",
        "Origin": "https://tax.example",
        "Accept_Language": "fr",
        "If_None_Match": '"x"',
    }
    _ask(mirrored, "/oauth/userinfo?a=b%20c&d", **given)
    headers = mirror.last()
    for name, value in given.items():
        assert headers[name.lower().replace("_", "-")] == [value]
    assert headers["host"] == [f"localhost:{mirrored.port}"]
    assert mirror.requests[-1].startswith(b"GET /oauth/userinfo?a=b%20c&d HTTP/1.1\r\n")


def test_connections_to_the_provider_are_used_again(mirrored: Nginx, mirror: Mirror) -> None:
    """No `Connection: close` goes to the provider, whatever the caller's connection does."""
    _ask(mirrored, Connection="close")
    assert "connection" not in mirror.last()


def test_claimed_address_does_not_buy_more_tries(fronted: Fronted, provider: Provider, service: RelyingParty) -> None:
    """The limit of tries an address has counts nginx's word, not the caller's X-Forwarded-For."""
    statuses = []
    for number in range(8):
        browser = Browser(provider.issuer, f"203.0.113.{number}", verify=fronted.verify)
        browser.http.mount("https://", From("127.0.0.77"))
        page = shown(browser.open(service.ask().url))
        statuses.append(
            shown(browser.submit(page, "identifier", identifier=f"nobody{number}", password="wrong")).status
        )
    assert statuses.count(429) == 3
    assert statuses[-1] == 429


def test_whole_journey_works(fronted: Fronted, provider: Provider, service: RelyingParty, person: Person) -> None:
    """Sign-in, userinfo, refresh, sign-out, by way of nginx, with https addresses throughout."""
    browser = Browser(provider.issuer, verify=fronted.verify)
    signed_in = sign_in(service, person, browser, scope="openid email offline_access")
    assert service.userinfo(signed_in.access_token).json()["email"] == "amara@mail.example"
    assert service.refresh(signed_in.refresh_token).status_code == 200
    assert all(value.startswith("https://") for name, value in provider.discovery.items() if name.endswith("_endpoint"))
    back = service.registered["post_logout_redirect_uris"][0]
    url = service.logout_url(id_token_hint=signed_in.id_token, post_logout_redirect_uri=back)
    assert arrived(browser.open(url)).address == back
