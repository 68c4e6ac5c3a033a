"""The other server that operators may choose: the same journey, and the bounds that granian does not set."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from tests.live import LiveServer
from tests.protocol.driver import Person, RelyingParty, arrived
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def provider(granian_server: LiveServer) -> Iterator[Provider]:
    """The provider under granian."""
    provider = Provider(granian_server)
    yield provider
    provider.console.close()


@pytest.fixture(scope="module")
def service(provider: Provider) -> RelyingParty:
    """A service of this provider."""
    return provider.register()


@pytest.fixture(scope="module")
def person(provider: Provider) -> Person:
    """A person of this provider, with a code generator."""
    return provider.enrol(totp=True)


def test_whole_journey_works(provider: Provider, service: RelyingParty, person: Person) -> None:
    """Sign-in with a code, userinfo, refresh, introspection, revocation, sign-out."""
    signed_in = sign_in(service, person, provider.browser(), scope="openid email offline_access")
    assert service.userinfo(signed_in.access_token).json()["email"] == "amara@mail.example"
    fresh = service.refresh(signed_in.refresh_token).json()
    assert service.introspect(fresh["access_token"])["active"] is True
    assert service.revoke(fresh["refresh_token"]).status_code == 200
    assert service.introspect(fresh["access_token"]) == {"active": False}
    url = service.logout_url(
        id_token_hint=signed_in.id_token,
        post_logout_redirect_uri=service.registered["post_logout_redirect_uris"][0],
        state="left",
    )
    assert arrived(signed_in.browser.open(url)).parameters == {"state": "left"}


@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/introspect", "/oauth/userinfo", "/oauth/authorize", "/signout"]
)
def test_large_body_is_413(provider: Provider, path: str) -> None:
    """AC-128: by its length, with and without one."""
    headers = {"Content-Type": FORM, "Connection": "close"}
    assert provider.live.post(path, data=b"x=" + b"A" * 500_000, headers=headers).status_code == 413


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/authorize", "/signin/x/password"])
def test_chunked_body_is_bounded_too(provider: Provider, path: str) -> None:
    """AC-128: a body without a length is cut off at the same size."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = (b"3e8\r\n" + b"A" * 1000 + b"\r\n") * 70 + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", provider.live.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        status = connection.recv(100)
    assert re.match(rb"HTTP/1.1 (400|413) ", status), status


@pytest.mark.parametrize("size", [10_000, 60_000])
def test_long_header_is_refused(provider: Provider, size: int) -> None:
    """AC-049: a long Authorization header is an answer, never a 5xx."""
    answer = provider.live.get("/oauth/userinfo", headers={"Authorization": "Bearer " + "A" * size})
    assert answer.status_code in {400, 401, 413, 431}


def test_long_address_is_refused(provider: Provider, service: RelyingParty) -> None:
    """AC-018: a very long request line is 400 or 414, or the connection ends."""
    request = service.ask(state="s" * 5000)
    assert provider.live.get(request.url.removeprefix(provider.issuer)).status_code in {303, 400, 414}
