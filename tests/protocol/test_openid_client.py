"""A certified relying party library of another language signs people in, refreshes, asks, revokes and signs out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node import NodeParty, install
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived
from tests.protocol.provider import Provider

SCOPE = "openid profile email offline_access"
Party = Callable[[RelyingParty], NodeParty]


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node relying party with its library."""
    return install(tmp_path_factory.mktemp("openid-client"))


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


def come_back(node: NodeParty, person: Person, browser: Browser, **parameters: str) -> Arrival:
    """Let the person sign in at the address that the library made."""
    asked = {"scope": SCOPE, **parameters}
    tick = ["name", "email", "offline_access"] if asked["scope"] == SCOPE else []
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
