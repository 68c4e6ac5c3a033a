from typing import Any

import pytest

from idp.authorization.checks import MAX_RESOURCES
from idp.keys import TokenType
from idp.keys.jose import Algorithm
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.authorization.parties import ISSUER, accepted, failed
from tests.unit.tokens.ring import keyring

API = "https://api.example"


def test_rfc_8707_2_a_resource_must_be_registered() -> None:
    """RFC 8707 2: an unknown resource is invalid_target; so is one too many."""
    client = make_client(resources=[API, "https://other.example"])
    assert accepted(client, scope="profile", resource=API).audience == (API,)
    assert failed(client, resource="https://evil.example").error == "invalid_target"
    assert failed(client, resource=[API, "https://evil.example"]).error == "invalid_target"
    assert failed(client, resource=API + "/").error == "invalid_target"
    assert failed(client, resource=[API] * (MAX_RESOURCES + 1)).error == "invalid_target"
    assert failed(resource=API).error == "invalid_target"


def test_the_audience_of_a_request() -> None:
    """RFC 9068 3: the resources asked for, else the client's; with openid the provider itself, for userinfo."""
    client = make_client(resources=[API, "https://other.example"])
    assert accepted(client, scope="profile").audience == (API, "https://other.example")
    assert accepted(client, scope="openid").audience == (API, "https://other.example", ISSUER)
    assert accepted(client, scope="openid", resource=[API, API]).audience == (API, ISSUER)
    assert accepted(scope="openid").audience == (ISSUER,)
    assert accepted(scope="profile").audience == (ISSUER,)


def signed_hint(**changes: Any) -> str:
    """An ID token of ours for this client."""
    signer = keyring().signer(Algorithm.RS256, START)
    assert signer is not None
    return signer.sign(TokenType.ID, {"iss": ISSUER, "aud": "permits", "sub": "person", **changes})


def test_oidc_3_1_2_1_an_id_token_hint() -> None:
    """OpenID Connect Core 3.1.2.1: names the person the answer must be about."""
    assert accepted(id_token_hint=signed_hint()).hinted_subject == "person"
    assert accepted().hinted_subject is None


@pytest.mark.parametrize(
    "hint", ["x", "x.y.z", "eyJhbGciOiJub25lIn0.e30.", "é.é.é", "." * 1000, signed_hint()[:-2], signed_hint() + "A"]
)
def test_a_hint_that_is_not_ours(hint: str) -> None:
    """A hint that does not hold is refused, not ignored."""
    assert failed(id_token_hint=hint).error == "invalid_request"


def test_a_hint_of_another_client_or_issuer() -> None:
    """One client cannot ask about the person of another."""
    assert failed(id_token_hint=signed_hint(aud="clinic")).error == "invalid_request"
    assert failed(id_token_hint=signed_hint(iss="https://other.example")).error == "invalid_request"


def test_a_hint_and_a_sub_that_disagree() -> None:
    """Two different people cannot be the one that is meant."""
    claims = '{"id_token": {"sub": {"value": "%s"}}}'
    assert accepted(id_token_hint=signed_hint(), claims=claims % "person").hinted_subject == "person"
    assert failed(id_token_hint=signed_hint(), claims=claims % "another").error == "invalid_request"
