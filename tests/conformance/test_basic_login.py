"""Basic and Form Post Basic: the code flow itself, its ID token, and requests that differ in form only."""

from __future__ import annotations

import pytest

from tests.conformance.answers import check_userinfo
from tests.conformance.runner import ModuleRun
from tests.protocol.driver import RelyingParty
from tests.protocol.expectations import refused


def test_oidcc_server(basic: ModuleRun, second: RelyingParty) -> None:
    """A whole sign-in at two clients with every answer checked; each gets its own `aud`, codes are nobody else's."""
    signed_in = basic.sign_in()
    other = basic.sign_in(second)
    assert signed_in.id_claims["aud"] != other.id_claims["aud"]
    request = basic.ask()
    arrival = basic.received(request, basic.browser.open(request.url))
    refused(second.redeem(request, arrival), "invalid_grant")


def test_oidcc_server_client_secret_post(basic: ModuleRun, posting: RelyingParty) -> None:
    """The same with the secret in the body; the method is that of the registration, with the right secret only."""
    basic.sign_in(posting)
    request = basic.ask(posting)
    arrival = basic.received(request, basic.browser.open(request.url))
    refused(posting.redeem(request, arrival, client_secret="wrong"), "invalid_client", 401)
    assert posting.redeem(request, arrival).status_code == 200


def test_oidcc_response_type_missing(basic: ModuleRun) -> None:
    """Without `response_type` the client is told `invalid_request`, with state and issuer."""
    request = basic.ask(response_type=None)
    basic.told(request, basic.browser.open(request.url), "invalid_request")


def test_oidcc_idtoken_signature(basic: ModuleRun) -> None:
    """The ID token is signed by RS256, and its `kid` names exactly one published RSA key for that."""
    signed_in = basic.sign_in()
    header = signed_in.party.read(signed_in.id_token).header
    assert header["alg"] == "RS256"
    published = basic.provider.live.get("/oauth/jwks").json()["keys"]
    (key,) = [key for key in published if key["kid"] == header["kid"]]
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert not {"jwk", "jku", "x5u", "x5c"} & header.keys()


@pytest.mark.permitted_refusal
def test_oidcc_idtoken_unsigned(basic: ModuleRun) -> None:
    """An unsigned ID token is promised nowhere and cannot be registered for."""
    assert "none" not in basic.provider.discovery["id_token_signing_alg_values_supported"]
    basic.unregistrable(id_token_signed_response_alg="none")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(basic: ModuleRun) -> None:
    """The code flow needs no nonce, and the ID token then has none."""
    assert "nonce" not in basic.sign_in(nonce=None).id_claims


def test_oidcc_alternate_happy_flow(basic: ModuleRun) -> None:
    """Scopes the other way round and parameters in another order make no difference."""
    scopes = ["openid", "profile", "email", "address", "phone"]
    basic.sign_in(scope=" ".join(scopes))
    request = basic.ask(scope=" ".join(reversed(scopes)))
    shuffled = sorted(request.parameters, reverse=True)
    assert shuffled != request.parameters
    step = basic.browser.open(basic.provider.discovery["authorization_endpoint"], shuffled)
    signed_in = basic.redeemed(request, basic.received(request, step))
    assert set(signed_in.tokens["scope"].split()) == set(scopes)


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(basic: ModuleRun) -> None:
    """A parameter that nobody knows is ignored and not sent back."""
    basic.sign_in(extra="foobar", unheard_of="<b>")


def test_oidcc_ensure_post_request_succeeds(basic: ModuleRun) -> None:
    """An authorization request by POST is a request like any other."""
    request = basic.ask()
    step = basic.browser.open(basic.provider.discovery["authorization_endpoint"], request.parameters)
    basic.redeemed(request, basic.answered(request, step))


def test_oidcc_ensure_request_with_valid_pkce_succeeds(basic: ModuleRun) -> None:
    """A challenge by S256 is honoured: the right verifier gets tokens, a wrong one or none gets nothing."""
    mode = dict(basic.ask().parameters).get("response_mode")
    request = basic.first.ask(response_mode=mode)
    assert request.get("code_challenge_method") == "S256"
    signed_in = basic.redeemed(request, basic.answered(request))
    for verifier in ("w" * 43, None):
        again = basic.first.ask(response_mode=mode)
        arrival = basic.received(again, signed_in.browser.open(again.url))
        refused(basic.first.redeem(again, arrival, code_verifier=verifier), "invalid_grant")


def test_oidcc_userinfo_get(basic: ModuleRun) -> None:
    """GET with the token in the header: JSON of the same `sub`, kept by nobody."""
    signed_in = basic.sign_in()
    check_userinfo(signed_in.party.userinfo(signed_in.access_token), signed_in.id_claims["sub"])


def test_oidcc_userinfo_post_header(basic: ModuleRun) -> None:
    """POST with the token in the header says the same as GET."""
    signed_in = basic.sign_in()
    document = check_userinfo(signed_in.party.userinfo(signed_in.access_token, "POST"), signed_in.id_claims["sub"])
    assert document == signed_in.party.userinfo(signed_in.access_token).json()


def test_oidcc_userinfo_post_body(basic: ModuleRun) -> None:
    """POST with the token in the form says the same as GET."""
    signed_in = basic.sign_in()
    answer = signed_in.party.post("userinfo_endpoint", {"access_token": signed_in.access_token}, proven=False)
    document = check_userinfo(answer, signed_in.id_claims["sub"])
    assert document == signed_in.party.userinfo(signed_in.access_token).json()
