"""Three client libraries of another language, under https: openid-client 6 and 5, and oauth4webapi step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node import NodeParty
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived
from tests.protocol.provider import Provider

SCOPE = "openid profile email offline_access"
SHARED = ["name", "email", "offline_access"]
RECORDS = "https://records.example/api"
LIBRARIES = ["openid_client", "openid_client_5", "oauth4webapi"]


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest, node_home: Path, authority: Path) -> Iterator[NodeParty]:
    """A relying party built on one of the libraries."""
    with NodeParty(node_home / f"{request.param}.mjs", authority) as node:
        yield node


@pytest.fixture(scope="module")
def parties(provider: Provider) -> dict[str, RelyingParty]:
    """Clients by how they prove who they are, and one that signs in without PKCE."""
    return {
        "basic": provider.register(),
        "post": provider.register(token_endpoint_auth_method="client_secret_post"),
        "none": provider.register(token_endpoint_auth_method="none"),
        "old": provider.register(require_pkce=False, default_max_age=600, require_auth_time=True),
        "ES256": provider.register(id_token_signed_response_alg="ES256", access_token_signing_alg="RS256"),
    }


@pytest.fixture(scope="module")
def machine(provider: Provider) -> RelyingParty:
    """A service that calls the records API on its own account."""
    caller = provider.register(
        redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"],
        scope="records.read", resources=[RECORDS],
    )  # fmt: skip
    document = {"audience": RECORDS, "name": "Records", "scopes": ["records.read"], "client_ids": [caller.client_id]}
    provider.operate("resource", "create", document=document)
    return caller


def discover(library: NodeParty, party: RelyingParty) -> RelyingParty:
    """Let the library read discovery for a registered client."""
    found = library.ask("discover", issuer=party.issuer, client=party.registered)
    assert found == {"issuer": party.issuer, "pkce": True}
    return party


def come_back(
    library: NodeParty, person: Person, browser: Browser, *, pkce: bool = True, decision: str = "allow", **asked: str
) -> Arrival:
    """Let the person sign in at the address that the library made."""
    parameters = {"scope": SCOPE, "prompt": "consent", **asked}
    url = library.ask("authorize", parameters=parameters, pkce=pkce)["url"]
    tick = SHARED if parameters["scope"] == SCOPE else []
    return arrived(person.go_on(browser, browser.open(url), tick=tick, decision=decision))


def received(arrival: Arrival) -> dict[str, Any]:
    """What the library is given: the address, or the form that was posted to it."""
    return {"location": arrival.location, **({"form": arrival.parameters} if arrival.mode == "form_post" else {})}


@pytest.mark.parametrize("kind", ["basic", "post", "none", "old", "ES256"])
def test_whole_life_of_a_sign_in(
    library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser, kind: str
) -> None:
    """Code flow with two factors, userinfo, refresh, revocation, logout, and nobody known afterwards."""
    party = discover(library, parties[kind])
    signed_in = library.ask("callback", **received(come_back(library, person, visitor, pkce=kind != "old")))
    claims, tokens = signed_in["claims"], signed_in["tokens"]
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert isinstance(claims["auth_time"], int)
    for method in ("GET", "POST"):
        asked = {"token": tokens["access_token"], "subject": claims["sub"], "method": method}
        assert library.ask("userinfo", **asked)["claims"]["email"] == "amara@mail.example"
    fresh = library.ask("refresh", token=tokens["refresh_token"])
    assert fresh["claims"]["sub"] == claims["sub"]
    assert fresh["claims"]["auth_time"] == claims["auth_time"]
    library.ask("revoke", token=fresh["tokens"]["refresh_token"])
    assert library.refusal("refresh", token=fresh["tokens"]["refresh_token"])["error"] == "invalid_grant"
    assert "refused" in library.try_to("userinfo", token=fresh["tokens"]["access_token"], subject=claims["sub"])
    back = party.registered["post_logout_redirect_uris"][0]
    parameters = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": back, "state": "left"}
    left = arrived(visitor.open(library.ask("logout", parameters=parameters)["url"]))
    assert (left.address, left.parameters) == (back, {"state": "left"})
    silent = library.ask("authorize", parameters={"scope": "openid", "prompt": "none"}, pkce=kind != "old")["url"]
    assert library.refusal("callback", **received(arrived(visitor.open(silent))))["error"] == "login_required"


def test_answer_that_is_posted(
    library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser
) -> None:
    """Form Post Response Mode: the library takes the form, and a refusal that comes the same way."""
    discover(library, parties["basic"])
    arrival = come_back(library, person, visitor, response_mode="form_post")
    assert arrival.mode == "form_post"
    assert library.ask("callback", **received(arrival))["tokens"]["id_token"]
    refused = come_back(library, person, visitor, response_mode="form_post", decision="deny")
    assert refused.mode == "form_post"
    assert library.refusal("callback", **received(refused))["error"] == "access_denied"


def test_person_says_no(library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser) -> None:
    """The library reads access_denied with its description, state and issuer in order."""
    discover(library, parties["basic"])
    refused = come_back(library, person, visitor, decision="deny")
    assert set(refused.parameters) == {"error", "error_description", "state", "iss"}
    assert library.refusal("callback", **received(refused))["error"] == "access_denied"


def test_freshness_is_checked(
    library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser
) -> None:
    """With max_age the library wants auth_time and finds it young enough."""
    discover(library, parties["basic"])
    arrival = come_back(library, person, visitor, max_age="60")
    assert library.ask("callback", **received(arrival))["claims"]["auth_time"]


def test_silent_sign_in(library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser) -> None:
    """prompt=none is login_required for a stranger and a code for somebody who is signed in."""
    discover(library, parties["basic"])
    stranger = come_back(library, person, visitor, prompt="none", scope="openid")
    assert library.refusal("callback", **received(stranger))["error"] == "login_required"
    known = library.ask("callback", **received(come_back(library, person, visitor, scope="openid")))
    again = library.ask("callback", **received(come_back(library, person, visitor, prompt="none", scope="openid")))
    assert again["claims"]["sub"] == known["claims"]["sub"]
    assert again["claims"]["nonce"] != known["claims"]["nonce"]


def test_library_sees_that_a_response_was_tampered_with(
    library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser
) -> None:
    """A changed state or issuer (RFC 9207) is noticed before the code is spent; a code works once."""
    discover(library, parties["basic"])
    arrival = come_back(library, person, visitor, scope="openid")
    for changed in ("state=another", "iss=https%3A%2F%2Fevil.example"):
        name = changed.partition("=")[0]
        pairs = [f"{key}={value}" for key, value in arrival.pairs if key != name]
        assert "error" not in library.refusal("callback", location=f"{arrival.address}?{'&'.join([*pairs, changed])}")
    assert library.ask("callback", **received(arrival))["tokens"]["access_token"]
    assert library.refusal("callback", **received(arrival))["error"] == "invalid_grant"


def test_introspection(library: NodeParty, parties: dict[str, RelyingParty], person: Person, visitor: Browser) -> None:
    """RFC 7662: a client sees what its own tokens are worth."""
    party = discover(library, parties["post"])
    tokens = library.ask("callback", **received(come_back(library, person, visitor)))["tokens"]
    document = library.ask("introspect", token=tokens["access_token"])["document"]
    assert (document["active"], document["client_id"]) == (True, party.client_id)
    library.ask("revoke", token=tokens["access_token"])
    assert library.ask("introspect", token=tokens["access_token"])["document"] == {"active": False}


def test_machine_gets_its_token(library: NodeParty, machine: RelyingParty) -> None:
    """Client credentials with a resource; a wrong secret is invalid_client."""
    discover(library, machine)
    tokens = library.ask("clientCredentials", parameters={"scope": "records.read", "resource": RECORDS})["tokens"]
    assert tokens["token_type"].lower() == "bearer"
    impostor = {**machine.registered, "client_secret": "not the secret of this client"}
    library.ask("discover", issuer=machine.issuer, client=impostor)
    refused = library.refusal("clientCredentials", parameters={"scope": "records.read"})
    # Two of the libraries look no further than the challenge that comes with it.
    assert refused["status"] == 401
    assert refused.get("error", refused["code"]) in {"invalid_client", "OAUTH_WWW_AUTHENTICATE_CHALLENGE"}


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_access_token_is_taken_by_a_resource_server_of_others(
    node_home: Path, authority: Path, provider: Provider, machine: RelyingParty, algorithm: str
) -> None:
    """RFC 9068 as oauth4webapi reads it: header type, issuer, audience, times and the published keys."""
    caller = provider.register(
        redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"],
        scope="records.read", resources=[RECORDS], access_token_signing_alg=algorithm,
    )  # fmt: skip
    with NodeParty(node_home / "oauth4webapi.mjs", authority) as library:
        discover(library, caller)
        asked = {"scope": "records.read", "resource": RECORDS}
        token = library.ask("clientCredentials", parameters=asked)["tokens"]["access_token"]
        claims = library.ask("acceptToken", token=token, audience=RECORDS)["claims"]
        assert (claims["client_id"], claims["scope"]) == (caller.client_id, "records.read")
        assert library.refusal("acceptToken", token=token, audience="https://other.example")["code"]
