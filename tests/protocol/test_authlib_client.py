"""Authlib's client, which a Python service would use, signs people in, refreshes, asks, revokes and signs out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from tests.protocol.driver import Browser, Person, RelyingParty, arrived
from tests.protocol.provider import Provider

SCOPE = "openid email offline_access"


def session_of(party: RelyingParty, **changes: Any) -> OAuth2Session:
    """Authlib's session for a registered client, tokens refreshed by itself when they run out."""
    settings = {
        "client_id": party.client_id,
        "client_secret": party.secret,
        "token_endpoint_auth_method": party.method,
        "revocation_endpoint_auth_method": party.method,
        "redirect_uri": party.redirect_uri,
        "scope": SCOPE,
        "code_challenge_method": "S256",
        "token_endpoint": party.discovery["token_endpoint"],
        **changes,
    }
    session = OAuth2Session(**settings)
    session.trust_env = False
    return session


def fetched(
    session: OAuth2Session, party: RelyingParty, person: Person, browser: Browser, **changes: Any
) -> dict[str, Any]:
    """Walk through the sign-in and redeem the code with Authlib."""
    verifier = generate_token(48)
    url, state = session.create_authorization_url(
        party.discovery["authorization_endpoint"], code_verifier=verifier, nonce=generate_token(), prompt="consent"
    )
    step = person.go_on(browser, browser.open(url), tick=["email", "offline_access"])
    token: dict[str, Any] = session.fetch_token(
        party.discovery["token_endpoint"],
        **{"authorization_response": arrived(step).location, "code_verifier": verifier, "state": state, **changes},
    )
    return token


@pytest.mark.parametrize("which", ["tax", "clinic", "app"])
def test_whole_life_of_a_sign_in(
    request: pytest.FixtureRequest, resident: Person, visitor: Browser, which: str
) -> None:
    """Code flow with PKCE, userinfo, refresh, revocation, logout; Basic, body and public clients."""
    party: RelyingParty = request.getfixturevalue(which)
    with session_of(party) as session:
        token = fetched(session, party, resident, visitor)
        claims = party.read(token["id_token"]).claims
        shared = session.get(party.discovery["userinfo_endpoint"]).json()
        assert shared["sub"] == claims["sub"]
        assert shared["email"] == "amara@mail.example"
        fresh = session.refresh_token(party.discovery["token_endpoint"], refresh_token=token["refresh_token"])
        assert fresh["refresh_token"] != token["refresh_token"]
        assert session.get(party.discovery["userinfo_endpoint"]).status_code == 200
        assert session.revoke_token(party.discovery["revocation_endpoint"], fresh["refresh_token"]).status_code == 200
        assert session.get(party.discovery["userinfo_endpoint"]).status_code == 401
        with pytest.raises(AuthlibBaseError, match="invalid_grant"):
            session.refresh_token(party.discovery["token_endpoint"], refresh_token=fresh["refresh_token"])
    back = party.registered["post_logout_redirect_uris"][0]
    query = urlencode({"id_token_hint": token["id_token"], "post_logout_redirect_uri": back, "state": "left"})
    left = arrived(visitor.open(f"{party.discovery['end_session_endpoint']}?{query}"))
    assert left.parameters == {"state": "left"}


@pytest.mark.parametrize("which", ["tax", "clinic"])
def test_introspection(request: pytest.FixtureRequest, resident: Person, visitor: Browser, which: str) -> None:
    """RFC 7662 by Authlib's call, before and after revocation."""
    party: RelyingParty = request.getfixturevalue(which)
    with session_of(party) as session:
        token = fetched(session, party, resident, visitor)
        endpoint = party.discovery["introspection_endpoint"]
        assert session.introspect_token(endpoint, token["access_token"]).json()["active"] is True
        session.revoke_token(party.discovery["revocation_endpoint"], token["access_token"])
        assert session.introspect_token(endpoint, token["access_token"]).json() == {"active": False}


def test_expired_token_is_renewed_by_the_library(
    tax: RelyingParty, resident: Person, visitor: Browser, provider: Provider
) -> None:
    """A token that ran out is refreshed without the service's doing."""
    renewed: list[dict[str, Any]] = []
    with session_of(tax, update_token=lambda token, **_: renewed.append(token)) as session:
        token = fetched(session, tax, resident, visitor)
        provider.live.clock.advance(301)
        session.token = {**token, "expires_at": 1}
        assert session.get(tax.discovery["userinfo_endpoint"]).status_code == 200
    assert len(renewed) == 1


def test_machine_gets_its_token(machine: RelyingParty) -> None:
    """Client credentials by Authlib's session."""
    with session_of(machine, scope="records.read", redirect_uri=None, code_challenge_method=None) as session:
        token = session.fetch_token(machine.discovery["token_endpoint"], grant_type="client_credentials")
    assert token["scope"] == "records.read"


def test_library_tells_refusals_apart(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """A wrong verifier and a wrong state end in the library's own errors, with the registered code."""
    with session_of(tax) as session, pytest.raises(AuthlibBaseError, match="invalid_grant"):
        fetched(session, tax, resident, visitor, code_verifier="v" * 43)
    with session_of(tax) as session, pytest.raises(AuthlibBaseError, match="mismatching_state"):
        fetched(session, tax, resident, visitor, state="another")
