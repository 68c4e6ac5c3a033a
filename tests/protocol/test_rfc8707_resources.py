"""RFC 8707: the resource parameter decides for which API a token is good."""

import pytest

from tests.protocol.conftest import LEDGER, RECORDS
from tests.protocol.driver import Browser, Person, RelyingParty, arrived
from tests.protocol.expectations import refused, turned_away
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def portal(provider: Provider) -> RelyingParty:
    """A service that calls two APIs for the people who use it."""
    return provider.register(host="portal.example", resources=[RECORDS, LEDGER], scope="openid email records.read")


def _audience(party: RelyingParty, token: str) -> set[str]:
    audience = party.read(token).claims["aud"]
    return {audience} if isinstance(audience, str) else set(audience)


def test_without_resource_the_token_is_for_all_registered_ones(
    provider: Provider, portal: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """2: the server's default; with openid the provider itself is one of them, for userinfo."""
    signed_in = sign_in(portal, resident, visitor)
    assert _audience(portal, signed_in.access_token) == {RECORDS, LEDGER, provider.issuer}


@pytest.mark.parametrize(("asked", "expected"), [([RECORDS], {RECORDS}), ([LEDGER, RECORDS], {LEDGER, RECORDS})])
def test_resource_of_the_request_restricts_the_token(
    provider: Provider, portal: RelyingParty, resident: Person, visitor: Browser, asked: list[str], expected: set[str]
) -> None:
    """2.1: one or several resource parameters at the authorization endpoint."""
    signed_in = sign_in(portal, resident, visitor, resource=asked)
    assert _audience(portal, signed_in.access_token) == expected | {provider.issuer}


def test_token_without_openid_is_for_the_resource_alone(
    portal: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """2: plain OAuth tokens are no good at userinfo."""
    signed_in = sign_in(portal, resident, visitor, resource=[RECORDS], scope="records.read")
    assert _audience(portal, signed_in.access_token) == {RECORDS}
    assert "id_token" not in signed_in.tokens
    assert portal.userinfo(signed_in.access_token).status_code == 401


@pytest.mark.parametrize(
    "resource",
    ["https://unknown.example/api", f"{RECORDS}/", RECORDS.upper(), f"{RECORDS}#part", "records", "x" * 3000],
)
def test_unknown_resource_is_an_invalid_target(
    provider: Provider, portal: RelyingParty, machine: RelyingParty, visitor: Browser, resource: str
) -> None:
    """2: invalid_target for what is unknown, malformed or not registered for the client, at both endpoints."""
    request = portal.ask(resource=[RECORDS, resource])
    turned_away(visitor.open(request.url), "invalid_target", issuer=provider.issuer, state=request.get("state"))
    refused(machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "resource": resource}), "invalid_target")


def test_client_without_resources_cannot_ask_for_one(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """2: a resource that exists, but not for this client."""
    request = tax.ask(resource=RECORDS)
    turned_away(visitor.open(request.url), "invalid_target", issuer=provider.issuer, state=request.get("state"))


def test_resource_at_the_exchange_restricts_the_token(portal: RelyingParty, resident: Person, visitor: Browser) -> None:
    """2.2: at the token endpoint the client may pick one of the granted resources."""
    request = portal.ask()
    arrival = arrived(resident.go_on(visitor, visitor.open(request.url)))
    answer = portal.redeem(request, arrival, resource=RECORDS)
    assert answer.status_code == 200
    assert _audience(portal, answer.json()["access_token"]) == {RECORDS}


def test_resource_at_the_exchange_cannot_widen_the_grant(
    portal: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """2.2: a resource that was not granted is invalid_target."""
    request = portal.ask(resource=[RECORDS])
    arrival = arrived(resident.go_on(visitor, visitor.open(request.url)))
    refused(portal.redeem(request, arrival, resource=LEDGER), "invalid_target")


def test_refreshed_token_may_be_for_one_resource(portal: RelyingParty, resident: Person, visitor: Browser) -> None:
    """2.2: down-scoping at refresh; the family keeps all its resources."""
    signed_in = sign_in(portal, resident, visitor)
    narrow = portal.refresh(signed_in.refresh_token, resource=LEDGER).json()
    assert _audience(portal, narrow["access_token"]) == {LEDGER}
    whole = portal.refresh(narrow["refresh_token"]).json()
    assert _audience(portal, whole["access_token"]) == _audience(portal, signed_in.access_token)


@pytest.mark.parametrize("resource", [LEDGER, "https://unknown.example/api"])
def test_refresh_cannot_reach_what_was_not_granted(
    portal: RelyingParty, resident: Person, visitor: Browser, resource: str
) -> None:
    """2.2: invalid_target, and the refresh token is still good."""
    signed_in = sign_in(portal, resident, visitor, resource=[RECORDS])
    refused(portal.refresh(signed_in.refresh_token, resource=resource), "invalid_target")
    assert portal.refresh(signed_in.refresh_token).status_code == 200


def test_machine_picks_its_resource(machine: RelyingParty) -> None:
    """2.2: for client credentials the resource stands in the token request."""
    token = machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "resource": LEDGER}).json()["access_token"]
    assert _audience(machine, token) == {LEDGER}


def test_resource_with_fragment_cannot_be_registered(provider: Provider) -> None:
    """2: the value is an absolute URI without fragment."""
    for audience in (f"{RECORDS}#part", "records", "https://*.example/api", ""):
        assert (
            provider.refused("resource", "create", document={"audience": audience})["error"]
            == "invalid_client_metadata"
        )
