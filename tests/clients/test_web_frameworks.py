"""Two ready-made sign-ins for web applications: express-openid-connect, and passport with its OpenID strategy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clients.node import NodeSite
from tests.clients.tour import Tour
from tests.protocol.driver import Browser, Person
from tests.protocol.provider import Provider

SHARED = ["name", "email", "offline_access"]


@dataclass(frozen=True, slots=True)
class Site:
    """A running application and its address."""

    node: NodeSite
    address: str


@pytest.fixture(scope="module", params=["query", "form_post"])
def express(request: pytest.FixtureRequest, node_home: Path, authority: Path, provider: Provider) -> Iterator[Site]:
    """An application on express-openid-connect; with either way of answering, and either way of sending its secret."""
    port, address = NodeSite.place()
    party = provider.register(
        redirect_uris=[f"{address}/callback"],
        post_logout_redirect_uris=[f"{address}/signed-out"],
        token_endpoint_auth_method="client_secret_basic" if request.param == "query" else "client_secret_post",
        id_token_signed_response_alg="RS256" if request.param == "query" else "ES256",
    )
    parameters = {"response_mode": request.param, "scope": "openid profile email offline_access"}
    settings = {"issuer": provider.issuer, "client": party.registered, "parameters": parameters}
    with NodeSite(node_home / "express_openid_connect.mjs", port, authority, **settings) as node:
        yield Site(node, address)


@pytest.fixture(scope="module")
def passport(node_home: Path, authority: Path, provider: Provider) -> Iterator[Site]:
    """An application on passport: registered without PKCE, which its library does not have."""
    port, address = NodeSite.place()
    party = provider.register(
        redirect_uris=[f"{address}/callback"],
        token_endpoint_auth_method="client_secret_post",
        require_pkce=False,
    )
    options = {"scope": ["profile", "email", "offline_access"]}
    settings = {"discovery": provider.discovery, "client": party.registered, "options": options}
    with NodeSite(node_home / "passport.mjs", port, authority, **settings) as node:
        yield Site(node, address)


def test_express_signs_in_refreshes_and_signs_out_everywhere(express: Site, person: Person, visitor: Browser) -> None:
    """The middleware's own pages: sign-in, userinfo, refresh, sign-out here and at the provider."""
    tour = Tour(visitor, person, tick=SHARED)
    me = tour.visit(f"{express.address}/me").json()
    assert me["claims"]["amr"] == ["pwd", "otp", "mfa"]
    assert me["shared"]["email"] == "amara@mail.example"
    refreshed = tour.visit(f"{express.address}/refresh").json()
    assert (refreshed["changed"], refreshed["type"].lower()) == (True, "bearer")
    assert refreshed["shared"]["sub"] == me["claims"]["sub"]
    assert tour.visit(f"{express.address}/logout").json() == {"out": True}
    assert tour.visit(f"{express.address}/").json() == {"known": False}
    refused = tour.visit(f"{express.address}/silent")
    assert (refused.status_code, refused.json()["error"]) == (400, "login_required")


def test_express_is_known_again_without_questions(express: Site, person: Person, visitor: Browser) -> None:
    """prompt=none through the middleware, for somebody whom the provider still knows."""
    tour = Tour(visitor, person, tick=SHARED)
    known = tour.visit(f"{express.address}/me").json()["claims"]
    site_only = [cookie for cookie in visitor.http.cookies if cookie.name.startswith("appSession")]
    for cookie in site_only:
        visitor.http.cookies.clear(cookie.domain, cookie.path, cookie.name)
    assert tour.visit(f"{express.address}/").json() == {"known": False}
    again = tour.visit(f"{express.address}/silent").json()["claims"]
    assert (again["sub"], again["sid"]) == (known["sub"], known["sid"])


def test_express_tells_what_went_wrong(express: Site, person: Person, visitor: Browser) -> None:
    """A person's no is access_denied; an answer with another state is not taken."""
    refused = Tour(visitor, person, decision="deny").visit(f"{express.address}/me")
    assert (refused.status_code, refused.json()["error"]) == (400, "access_denied")
    start = visitor.raw("GET", f"{express.address}/me").headers["Location"]
    asked = parse_qs(urlsplit(start).query)
    assert asked["code_challenge_method"] == ["S256"]
    forged = [("code", "forged"), ("state", "forged"), ("iss", visitor.issuer)]
    posted = asked["response_mode"] == ["form_post"]
    query = "" if posted else "?code=forged&state=forged"
    answer = visitor.raw(
        "POST" if posted else "GET", f"{express.address}/callback{query}", data=forged if posted else None
    )
    assert answer.status_code == 400
    assert "state" in answer.json()["message"]


def test_passport_signs_in(passport: Site, person: Person, visitor: Browser) -> None:
    """Sign-in without PKCE, userinfo as passport reads it; a nonce and a state that it checks."""
    tour = Tour(visitor, person, tick=SHARED)
    me = tour.visit(f"{passport.address}/login").json()
    assert me["issuer"] == visitor.issuer
    assert me["shared"]["email"] == "amara@mail.example"
    assert me["type"].lower() == "bearer"
    assert me["refresh"]
    (arrival,) = tour.arrivals
    again = visitor.raw("GET", arrival.location)
    assert again.status_code == 403


def test_passport_tells_what_went_wrong(passport: Site, person: Person, visitor: Browser) -> None:
    """login_required for a stranger who is asked for silently, access_denied for a person's no."""
    tour = Tour(visitor, person, decision="deny")
    assert tour.visit(f"{passport.address}/silent").json()["error"] == "login_required"
    assert tour.visit(f"{passport.address}/login").json()["message"]
    assert tour.visit(f"{passport.address}/me").json() is None
