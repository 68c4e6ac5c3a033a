"""RFC 7009: a client gives up a token; the answer is the same whether or not there was one."""

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.expectations import refused
from tests.protocol.journey import SignedIn, sign_in


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """Fresh tokens of the tax service."""
    return sign_in(tax, resident, visitor, scope="openid email")


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "unheard-of"])
def test_revoked_refresh_token_ends_the_whole_grant(held: SignedIn, hint: str | None) -> None:
    """2, 2.1: the refresh token and the access tokens of the grant are invalid; a wrong hint changes nothing."""
    party = held.party
    answer = party.revoke(held.refresh_token, **({"token_type_hint": hint} if hint else {}))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    refused(party.refresh(held.refresh_token), "invalid_grant")
    assert party.introspect(held.access_token) == {"active": False}
    assert party.introspect(held.refresh_token) == {"active": False}
    assert party.userinfo(held.access_token).status_code == 401


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
def test_revoked_access_token_ends_alone(held: SignedIn, hint: str | None) -> None:
    """2.1: the access token is dead at once; the refresh token lives on and yields a good one."""
    party = held.party
    assert party.revoke(held.access_token, **({"token_type_hint": hint} if hint else {})).status_code == 200
    assert party.userinfo(held.access_token).status_code == 401
    assert party.introspect(held.access_token) == {"active": False}
    fresh = party.refresh(held.refresh_token).json()["access_token"]
    assert party.userinfo(fresh).status_code == 200


def test_machine_may_revoke_its_own_token(machine: RelyingParty) -> None:
    """2: a token without a person behind it can be given up too."""
    token = machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    assert machine.introspect(token)["active"] is True
    assert machine.revoke(token).status_code == 200
    assert machine.introspect(token) == {"active": False}


def test_revoking_twice_or_nothing_is_answered_alike(held: SignedIn) -> None:
    """2.2: invalid tokens do not cause an error; the client cannot handle one and its purpose is met."""
    party = held.party
    answers = [
        party.revoke(token)
        for token in (held.refresh_token, held.refresh_token, "unknown", "wr_" + "A" * 64, "x" * 20_000)
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 5


def test_rotated_token_still_ends_its_family(held: SignedIn) -> None:
    """RFC 9700 4.14: a client that lost the newest refresh token can still close the family with an older one."""
    party = held.party
    fresh = party.refresh(held.refresh_token).json()
    assert party.revoke(held.refresh_token).status_code == 200
    refused(party.refresh(fresh["refresh_token"]), "invalid_grant")


def test_token_of_another_client_is_left_alone(held: SignedIn, clinic: RelyingParty) -> None:
    """2.1: the token must have been issued to the client that asks; nobody revokes for others."""
    clinic.revoke(held.refresh_token)
    clinic.revoke(held.access_token)
    assert held.party.userinfo(held.access_token).status_code == 200
    assert held.party.refresh(held.refresh_token).status_code == 200


def test_app_without_secret_may_revoke_its_own(app: RelyingParty, resident: Person, visitor: Browser) -> None:
    """2.1: a public client names itself and the token must be its own."""
    signed_in = sign_in(app, resident, visitor)
    assert app.revoke(signed_in.refresh_token).status_code == 200
    refused(app.refresh(signed_in.refresh_token), "invalid_grant")


def test_client_must_prove_itself(held: SignedIn) -> None:
    """2.1: client credentials are verified first; without them nothing is revoked."""
    party = held.party
    wrong = RelyingParty(
        party.issuer, {**party.registered, "client_secret": "wrong-secret-of-somebody"}, party.discovery
    )
    answer = wrong.revoke(held.refresh_token)
    refused(answer, "invalid_client", 401)
    assert "WWW-Authenticate" in answer.headers
    refused(party.post("revocation_endpoint", {"token": held.refresh_token}, proven=False), "invalid_client", 401)
    assert party.refresh(held.refresh_token).status_code == 200


def test_token_parameter_is_required(tax: RelyingParty) -> None:
    """2.1: token is REQUIRED."""
    refused(tax.post("revocation_endpoint", {"token_type_hint": "access_token"}), "invalid_request")
    refused(tax.post("revocation_endpoint", {"token": ""}), "invalid_request")


def test_token_in_the_query_is_refused(held: SignedIn) -> None:
    """AC-033: a token in the address would stand in logs; it is not taken from there."""
    answer = held.party.post("revocation_endpoint", {}, params={"token": held.refresh_token})
    refused(answer, "invalid_request")
    assert held.party.refresh(held.refresh_token).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_revokes(held: SignedIn, method: str) -> None:
    """AC-131, 2.1: the request is a POST; anything else changes nothing."""
    answer = held.party.http.request(method, held.party.discovery["revocation_endpoint"], timeout=10)
    assert answer.status_code == 405
