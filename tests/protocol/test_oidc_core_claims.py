"""OpenID Connect Core 5.5: the claims parameter, what it releases and how much of it is read."""

import json
import time

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import turned_away
from tests.protocol.journey import obtain_code, sign_in
from tests.protocol.provider import Provider


def test_essential_claim_is_asked_for_and_returned(provider: Provider, resident: Person, visitor: Browser) -> None:
    """5.5 (oidcc-claims-essential): an essential name at userinfo is part of every yes."""
    party = provider.register()
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})
    signed_in = sign_in(party, resident, visitor, claims=claims, tick=[])
    assert party.userinfo(signed_in.access_token).json()["name"] == "Amara Testperson"
    assert "name" not in signed_in.id_claims


def test_voluntary_claims_are_released_where_ticked_and_where_asked(
    provider: Provider, resident: Person, visitor: Browser
) -> None:
    """5.5: null asks voluntarily; ID token and userinfo each get what was asked for there."""
    party = provider.register()
    claims = json.dumps(
        {"userinfo": {"email": None, "phone_number": None}, "id_token": {"given_name": None, "email": None}}
    )
    signed_in = sign_in(party, resident, visitor, claims=claims, tick=["email", "given_name"])
    assert signed_in.id_claims["email"] == "amara@mail.example"
    assert signed_in.id_claims["given_name"] == "Amara"
    document = party.userinfo(signed_in.access_token).json()
    assert document["email"] == "amara@mail.example"
    assert not {"phone_number", "given_name"} & document.keys()


def test_claim_needs_no_scope_of_its_own(provider: Provider, resident: Person, visitor: Browser) -> None:
    """5.5: individual claims can be requested with openid alone."""
    party = provider.register(scope="openid")
    claims = json.dumps({"userinfo": {"birthdate": {"essential": True}}})
    signed_in = sign_in(party, resident, visitor, claims=claims)
    assert party.userinfo(signed_in.access_token).json()["birthdate"] == "1990-04-27"


@pytest.mark.parametrize(
    "claims",
    [
        {"userinfo": {"shoe_size": {"essential": True}, "https://other.example/x": None}},
        {"elsewhere": {"name": None}},
        {},
        {"userinfo": {}, "id_token": {}},
        {"id_token": {"auth_time": {"essential": True}}},
        {
            "userinfo": {
                "name": {"value": "x"},
                "locale": {"values": ["fr", "en"]},
                "email": {"essential": False, "extra": 1},
            }
        },
    ],
)
def test_claims_that_mean_nothing_to_us_are_ignored(
    tax: RelyingParty, resident: Person, visitor: Browser, claims: object
) -> None:
    """5.5, 5.5.1: members that are not understood must be ignored."""
    obtain_code(tax, resident, visitor, claims=json.dumps(claims), tick=[])


@pytest.mark.parametrize(
    "claims",
    [
        "x",
        "[]",
        "null",
        "1",
        '"name"',
        '{"userinfo": []}',
        '{"userinfo": {"name": 1}}',
        '{"userinfo": {"name": {"essential": "yes"}}}',
        '{"userinfo": {"name": {"values": "x"}}}',
        '{"userinfo": {"name": null}, "userinfo": {}}',
        '{"userinfo": {"name": NaN}}',
        '{"userinfo": {"name": null}',
        "{'userinfo': {}}",
    ],
)
def test_malformed_claims_are_an_invalid_request(
    provider: Provider, tax: RelyingParty, visitor: Browser, claims: str
) -> None:
    """5.5, RFC 6749 4.1.2.1: told to the client, before anybody signs in."""
    request = tax.ask(claims=claims)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize(
    "claims",
    [
        json.dumps({"userinfo": {f"c{n}": None for n in range(400)}}),
        '{"userinfo":{"name":' + '{"a":' * 1000 + "1" + "}" * 1000 + "}}",
        "[" * 4000,
        '{"userinfo":{"name":{"value":"' + "x" * 9000 + '"}}}',
    ],
    ids=["many", "deep", "brackets", "long"],
)
def test_claims_beyond_the_limits_are_refused_fast(
    provider: Provider, tax: RelyingParty, visitor: Browser, claims: str
) -> None:
    """AC-017: too many entries or too deep is invalid_request, seen before any parsing costs anything."""
    visitor.open(tax.ask(prompt="none").url)
    request = tax.ask(claims=claims)
    began = time.perf_counter()
    answer = visitor.raw("POST", tax.discovery["authorization_endpoint"], data=request.parameters)
    took = time.perf_counter() - began
    assert answer.status_code == 303
    assert "error=invalid_request" in answer.headers["Location"]
    assert took < 0.5


def test_claims_of_ten_thousand_entries_are_turned_away_whole(tax: RelyingParty, visitor: Browser) -> None:
    """AC-017, AC-128: what is too long for the request as a whole stops on a page or by its size."""
    claims = json.dumps({"userinfo": {f"claim_number_{n}": {"essential": True} for n in range(10_000)}})
    answer = visitor.raw("POST", tax.discovery["authorization_endpoint"], data=tax.ask(claims=claims).parameters)
    assert answer.status_code in {400, 413}
    assert "Location" not in answer.headers


def test_protocol_claims_cannot_be_overwritten(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """5.5.1: asking for iss, aud or exp with a value changes nothing."""
    wanted = {name: {"essential": True, "value": "evil"} for name in ("iss", "aud", "exp", "nonce", "client_id")}
    signed_in = sign_in(tax, resident, visitor, claims=json.dumps({"id_token": wanted}), tick=[])
    claims = signed_in.id_claims
    assert claims["aud"] == tax.client_id
    assert "evil" not in claims.values()


def test_new_claim_is_asked_for_before_it_is_released(provider: Provider, resident: Person, visitor: Browser) -> None:
    """No claim leaves without a consent that covers it; a wider request asks again."""
    party = provider.register()
    sign_in(party, resident, visitor, scope="openid email", tick=["email"])
    wider = party.ask(scope="openid email", claims=json.dumps({"userinfo": {"birthdate": None}}))
    page = shown(visitor.open(wider.url))
    assert page.offers("decision")
    arrival = arrived(visitor.submit(page, "decision", tick=["email"], decision="allow"))
    token = party.redeem(wider, arrival).json()["access_token"]
    assert "birthdate" not in party.userinfo(token).json()
