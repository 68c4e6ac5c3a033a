"""A certified relying party library of another language signs people in, refreshes, asks, revokes and signs out."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node import NodeParty, installed
from tests.protocol.conftest import RECORDS
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived
from tests.protocol.provider import Provider
from tests.stack import Stack

SCOPE = "openid profile email offline_access"
Party = Callable[[RelyingParty], NodeParty]


@pytest.fixture(scope="session")
def script(stack: Stack) -> Path:
    """The Node relying party with its library."""
    return installed(stack.folder) / "openid_client.mjs"


@pytest.fixture
def node(script: Path, provider: Provider) -> Iterator[Party]:
    """Starts a Node relying party for a registered client, discovery done."""
    with ExitStack() as running:

        def start(party: RelyingParty) -> NodeParty:
            started = running.enter_context(NodeParty(script))
            found = started.ask("discover", issuer=provider.issuer, client=party.registered)
            assert found == {"issuer": provider.issuer, "pkce": True}
            return started

        yield start


def come_back(
    node: NodeParty, person: Person, browser: Browser, tick: Sequence[str] = (), **parameters: str
) -> Arrival:
    """Let the person sign in at the address that the library made."""
    asked = {"scope": SCOPE, **parameters}
    tick = ["name", "email", "offline_access"] if asked["scope"] == SCOPE else tick
    url = node.ask("authorize", parameters=asked)["url"]
    return arrived(person.go_on(browser, browser.open(url), tick=tick))


def received(arrival: Arrival) -> dict[str, Any]:
    """What the library is given: the address, or the form that was posted to it."""
    return {"location": arrival.location, **({"form": arrival.parameters} if arrival.mode == "form_post" else {})}


@pytest.mark.parametrize("which", ["tax", "clinic"])
def test_whole_life_of_a_sign_in(
    request: pytest.FixtureRequest, node: Party, guarded: Person, visitor: Browser, which: str
) -> None:
    """Code flow with PKCE and two factors, userinfo, refresh, introspection, revocation, logout."""
    registered: RelyingParty = request.getfixturevalue(which)
    party = node(registered)
    signed_in = party.ask("callback", **received(come_back(party, guarded, visitor, prompt="consent")))
    claims, tokens = signed_in["claims"], signed_in["tokens"]
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    shared = party.ask("userinfo", token=tokens["access_token"], subject=claims["sub"])["claims"]
    assert shared["email"] == "binta@mail.example"
    fresh = party.ask("refresh", token=tokens["refresh_token"])
    assert fresh["claims"]["sub"] == claims["sub"]
    token = fresh["tokens"]["access_token"]
    assert party.ask("introspect", token=token)["document"]["active"] is True
    party.ask("revoke", token=fresh["tokens"]["refresh_token"])
    assert party.ask("introspect", token=token)["document"] == {"active": False}
    assert party.refusal("userinfo", token=token, subject=claims["sub"])["code"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
    assert party.refusal("refresh", token=fresh["tokens"]["refresh_token"])["error"] == "invalid_grant"
    back = registered.registered["post_logout_redirect_uris"][0]
    parameters = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": back, "state": "left"}
    left = arrived(visitor.open(party.ask("logout", parameters=parameters)["url"]))
    assert (left.address, left.parameters) == (back, {"state": "left"})
    silent = visitor.open(party.ask("authorize", parameters={"scope": "openid", "prompt": "none"})["url"])
    assert party.refusal("callback", **received(arrived(silent)))["error"] == "login_required"


def test_app_without_secret_and_form_post(
    node: Party, app: RelyingParty, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """A public client by private-use scheme, and a confidential one whose answer is posted."""
    pocket = node(app)
    tokens = pocket.ask("callback", **received(come_back(pocket, resident, visitor)))["tokens"]
    pocket.ask("revoke", token=tokens["refresh_token"])
    service = node(tax)
    arrival = come_back(service, resident, visitor, response_mode="form_post")
    assert arrival.mode == "form_post"
    assert service.ask("callback", **received(arrival))["tokens"]["id_token"]


def test_everything_that_a_request_can_ask_for(
    provider: Provider, node: Party, guarded: Person, visitor: Browser
) -> None:
    """claims, max_age, acr_values, login_hint, ui_locales, select_account: the library finds what it asked for."""
    party = node(provider.register())
    wanted = json.dumps({"id_token": {"given_name": None}, "userinfo": {"email": None}})
    arrival = come_back(
        party, guarded, visitor, ["given_name", "email"], scope="openid", prompt="select_account", max_age="60",
        acr_values="nid:2", ui_locales="fr en", login_hint="binta", claims=wanted,
    )  # fmt: skip
    signed_in = party.ask("callback", **received(arrival))
    claims, token = signed_in["claims"], signed_in["tokens"]["access_token"]
    assert (claims["acr"], claims["given_name"]) == ("nid:2", "Amara")
    assert "email" not in claims
    for method in ("GET", "POST"):
        shared = party.ask("userinfo", token=token, subject=claims["sub"], method=method)["claims"]
        assert shared["email"] == "binta@mail.example"
    assert party.ask("protected", token=token, method="GET") == {"status": 200, "type": "application/json"}
    assert "refused" in party.try_to("userinfo", token=token, subject="somebody else")


def test_resource_server_reads_and_introspects(
    provider: Provider, node: Party, machine: RelyingParty, guardian: RelyingParty
) -> None:
    """RFC 8707, 7662, 7009: a token for an API, introspected by the API's own client, revoked by its caller."""
    caller, api = node(machine), node(guardian)
    asked = {"scope": "records.read", "resource": RECORDS}
    token = caller.ask("clientCredentials", parameters=asked)["tokens"]["access_token"]
    document = api.ask("introspect", token=token, parameters={"token_type_hint": "access_token"})["document"]
    assert (document["active"], document["aud"], document["client_id"]) == (True, RECORDS, machine.client_id)
    caller.ask("revoke", token=token, parameters={"token_type_hint": "access_token"})
    assert api.ask("introspect", token=token)["document"] == {"active": False}
    wrong = caller.refusal("clientCredentials", parameters={"scope": "records.read", "resource": "https://no.example"})
    assert wrong["error"] == "invalid_target"


def test_metadata_of_an_authorization_server(provider: Provider, node: Party, tax: RelyingParty) -> None:
    """RFC 8414: the other well-known address serves the library as well."""
    found = node(tax).ask("discover", issuer=provider.issuer, client=tax.registered, algorithm="oauth2")
    assert found == {"issuer": provider.issuer, "pkce": True}


def test_narrower_refresh_and_none_without_a_family(
    node: Party, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """RFC 6749 6: fewer scopes at refresh; more are invalid_scope; an unknown token is invalid_grant."""
    party = node(tax)
    tokens = party.ask("callback", **received(come_back(party, resident, visitor)))["tokens"]
    narrow = party.ask("refresh", token=tokens["refresh_token"], parameters={"scope": "openid email"})["tokens"]
    assert set(narrow["scope"].split()) == {"openid", "email"}
    more = party.refusal("refresh", token=narrow["refresh_token"], parameters={"scope": "openid phone records.read"})
    assert more["error"] == "invalid_scope"
    assert party.refusal("refresh", token="wr_unknown")["error"] == "invalid_grant"


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_every_refusal_reaches_the_library(
    provider: Provider, node: Party, resident: Person, visitor: Browser, mode: str
) -> None:
    """Errors by either response mode, each with the state and the issuer that the library insists on."""
    party = node(provider.register())

    def refused(**asked: str) -> str:
        url = party.ask("authorize", parameters={"response_mode": mode, **asked})["url"]
        arrival = arrived(resident.go_on(visitor, visitor.open(url), decision="deny"))
        assert arrival.mode == mode
        answer = party.refusal("callback", **received(arrival))
        assert answer["code"] == "OAUTH_AUTHORIZATION_RESPONSE_ERROR"
        return str(answer["error"])

    assert refused(scope="openid", prompt="none") == "login_required"
    assert refused(scope="openid email", prompt="consent") == "access_denied"
    assert refused(scope="openid email phone", prompt="none") == "consent_required"
    assert refused(scope="openid records.unknown") == "invalid_scope"
    assert refused(scope="openid", request_uri="https://evil.example/request") == "request_uri_not_supported"


def test_library_takes_every_signature_algorithm(
    provider: Provider, node: Party, resident: Person, visitor: Browser
) -> None:
    """ID tokens of each published algorithm verify with a library that we did not write."""
    for algorithm in provider.discovery["id_token_signing_alg_values_supported"]:
        party = node(provider.register(id_token_signed_response_alg=algorithm))
        assert party.ask("callback", **received(come_back(party, resident, visitor, scope="openid")))["claims"]["sub"]


def test_machine_gets_its_token(node: Party, machine: RelyingParty) -> None:
    """Client credentials with a resource."""
    tokens = node(machine).ask("clientCredentials", parameters={"scope": "records.read"})["tokens"]
    assert tokens["token_type"] == "bearer"


def test_library_sees_that_a_response_was_tampered_with(
    node: Party, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """State, issuer (RFC 9207), nonce and verifier of somebody else's response are noticed, and a code works once."""
    party = node(tax)
    arrival = come_back(party, resident, visitor)
    for changed in (
        {"location": arrival.location.replace("iss=http", "iss=https")},
        {"location": arrival.location, "checks": {"expectedState": "another"}},
    ):
        assert party.refusal("callback", **changed)["code"] == "OAUTH_INVALID_RESPONSE"
    assert party.ask("callback", **received(arrival))["tokens"]["access_token"]
    assert party.refusal("callback", **received(arrival))["error"] == "invalid_grant"
    arrival = come_back(party, resident, visitor)
    assert party.refusal("callback", **received(arrival), checks={"expectedNonce": "another"})["code"]
    arrival = come_back(party, resident, visitor)
    wrong = party.refusal("callback", **received(arrival), checks={"pkceCodeVerifier": "v" * 43})
    assert wrong["error"] == "invalid_grant"
