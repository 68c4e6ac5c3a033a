"""Basic and Form Post Basic: codes used twice, addresses that nobody registered, request objects, refresh."""

from __future__ import annotations

import re

import pytest

from tests.conformance.answers import check_id_token, check_tokens, check_userinfo
from tests.conformance.runner import ModuleRun
from tests.protocol.driver import RelyingParty
from tests.protocol.expectations import refused, stopped
from tests.protocol.forgery import segment
from tests.protocol.journey import SignedIn

# RFC 6749 A.17.
REFRESH_TOKEN = re.compile(r"[\x20-\x7e]{22,}")


def spent(signed_in: SignedIn) -> None:
    """The code is no longer good, and what it gave has ended with its second use."""
    party = signed_in.party
    refused(party.redeem(signed_in.request, signed_in.arrival), "invalid_grant")
    answer = party.userinfo(signed_in.access_token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_oidcc_codereuse(basic: ModuleRun) -> None:
    """A code used again at once is `invalid_grant`, and the access token of its first use ends."""
    spent(basic.sign_in())


def test_oidcc_codereuse_30seconds(basic: ModuleRun) -> None:
    """A code used again after 30 seconds is `invalid_grant`, and the access token of its first use ends."""
    signed_in = basic.sign_in()
    basic.clock.advance(30)
    assert signed_in.party.userinfo(signed_in.access_token).status_code == 200
    spent(signed_in)


def test_oidcc_ensure_registered_redirect_uri(basic: ModuleRun) -> None:
    """An address that is not registered ends on a page for the person; nobody is sent there, signed in or not."""
    request = basic.ask(redirect_uri=f"{basic.first.redirect_uri}/unregistered")
    stopped(basic.browser.open(request.url))
    basic.sign_in()
    stopped(basic.browser.open(request.url))


@pytest.mark.permitted_refusal
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(basic: ModuleRun) -> None:
    """A request by reference is answered by `request_uri_not_supported`, as discovery says."""
    assert basic.provider.discovery["request_uri_parameter_supported"] is False
    basic.permitted_refusal(basic.ask(request_uri="https://first.example/request.jwt"), "request_uri_not_supported")


@pytest.mark.permitted_refusal
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(basic: ModuleRun) -> None:
    """An unsigned request object is answered by `request_not_supported`, as discovery says."""
    assert basic.provider.discovery["request_parameter_supported"] is False
    basic.permitted_refusal(basic.ask(request=request_object(basic)), "request_not_supported")


@pytest.mark.permitted_refusal
def test_oidcc_ensure_request_object_with_redirect_uri(basic: ModuleRun) -> None:
    """A redirect URI in a request object is gone to by nobody, be it the only good one or a foreign one."""
    good = basic.first.redirect_uri
    inside = basic.ask(request=request_object(basic, redirect_uri=good), redirect_uri=f"{good}/unregistered")
    stopped(basic.browser.open(inside.url))
    foreign = request_object(basic, redirect_uri="https://evil.example/callback")
    basic.permitted_refusal(basic.ask(request=foreign), "request_not_supported")


def request_object(basic: ModuleRun, **changes: str) -> str:
    """An authorization request as an unsigned JWT (OpenID Connect Core 6.1)."""
    claims = {**dict(basic.ask().parameters), "iss": basic.first.client_id, "aud": basic.provider.issuer, **changes}
    return f"{segment({'alg': 'none'})}.{segment(claims)}."


def test_oidcc_refresh_token(basic: ModuleRun, second: RelyingParty) -> None:
    """Refreshed tokens are new and about the same sign-in; another client's hands end the refresh token."""
    before = basic.sign_in(scope="openid offline_access", prompt="consent")
    assert REFRESH_TOKEN.fullmatch(before.refresh_token)
    basic.clock.advance(2)
    tokens = check_tokens(basic.first.refresh(before.refresh_token))
    assert tokens["access_token"] != before.access_token
    claims = check_id_token(basic.first, tokens, nonce=None, now=basic.clock.now())
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr"):
        assert claims[name] == before.id_claims[name], name
    assert claims["iat"] > before.id_claims["iat"]
    check_userinfo(basic.first.userinfo(tokens["access_token"]), claims["sub"])
    assert REFRESH_TOKEN.fullmatch(tokens["refresh_token"])
    refused(second.refresh(tokens["refresh_token"]), "invalid_grant")
