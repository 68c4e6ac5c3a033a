"""Apache's OpenID module (mod_auth_openidc) signs people in, asks for their data, refreshes and signs out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from embedded.authority import CertificateFiles
from embedded.ports import free_ports
from tests.apache.server import Apache, directives, site, trusted
from tests.chromium import Browsers
from tests.clients.tour import Tour
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.provider import Provider
from tests.stack import Stack

SCOPE = "openid profile email offline_access"
SHARED = ["name", "email", "offline_access"]
HOOKS = ["iat", "access_token", "access_token_expires", "id_token", "userinfo", "refresh_token", "session"]

# What differs between the sites: registration, and the module's settings.
KINDS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "basic": ({}, {"OIDCPKCEMethod": "S256"}),
    "post": (
        {"token_endpoint_auth_method": "client_secret_post", "id_token_signed_response_alg": "ES256"},
        {"OIDCPKCEMethod": "S256", "OIDCResponseMode": "form_post", "OIDCIDTokenSignedResponseAlg": "ES256"},
    ),
    "old": ({"require_pkce": False}, {"OIDCUserInfoTokenMethod": "post_param"}),
}

# Version 2.4.12 takes a refusal that names its issuer (RFC 9207) for somebody who comes to choose a provider.
ERRORS_WITHOUT_ISSUER = """
  RewriteEngine On
  RewriteCond %{QUERY_STRING} (^|&)error=
  RewriteCond %{QUERY_STRING} ^(.*)&iss=[^&]*$
  RewriteRule ^/callback$ /callback?%1 [PT]
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of Apache's that the module guards, and its registration."""

    apache: Apache
    address: str
    party: RelyingParty
    kind: str

    def own(self, **query: str) -> str:
        """The module's own address with a command."""
        return f"{self.address}/callback?{urlencode(query)}"


@pytest.fixture(scope="module")
def sites(
    provider: Provider, stack: Stack, worker: str, authority: Path, certificate: CertificateFiles
) -> Iterator[dict[str, Site]]:
    """One Apache with a site for each kind."""
    folder = stack.folder / f"apache-{worker}"
    ports = free_ports(len(KINDS))
    places: list[tuple[str, str, RelyingParty]] = []
    texts = []
    for port, (kind, (metadata, settings)) in zip(ports, KINDS.items(), strict=True):
        address = f"https://localhost:{port}"
        party = provider.register(
            redirect_uris=[f"{address}/callback"], post_logout_redirect_uris=[f"{address}/open/"], **metadata
        )
        places.append((kind, address, party))
        texts.append(site(folder, port, _guarded(address, party, folder) + directives(**settings), certificate))
    apache = Apache(folder, ports, texts, authority)
    yield {kind: Site(apache, address, party, kind) for kind, address, party in places}
    apache.stop()


@pytest.fixture(params=list(KINDS))
def place(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    """Each of the sites."""
    return sites[request.param]


def _guarded(address: str, party: RelyingParty, folder: Path) -> str:
    common = directives(
        OIDCProviderMetadataURL=f"{party.issuer}/.well-known/openid-configuration",
        OIDCCABundlePath=str(trusted(folder)),
        OIDCClientID=party.client_id,
        OIDCClientSecret=party.secret or "",
        OIDCProviderTokenEndpointAuth=party.method,
        OIDCRedirectURI=f"{address}/callback",
        OIDCCryptoPassphrase="a passphrase of this test",
        OIDCScope=SCOPE,
        OIDCRemoteUserClaim="sub",
        OIDCPassRefreshToken="On",
        OIDCInfoHook=HOOKS,
    )
    asks = "    AuthType openid-connect\n    Require valid-user\n"
    silent = f"{asks}    OIDCPathAuthRequestParams prompt=none\n"
    return (
        f"{common}{ERRORS_WITHOUT_ISSUER}  <LocationMatch ^/(me|callback)>\n{asks}  </LocationMatch>\n"
        f"  <Location /silent>\n{silent}  </Location>\n"
    )


def test_whole_life_of_a_sign_in(place: Site, person: Person, visitor: Browser) -> None:
    """Sign-in with two factors, claims from userinfo, refresh, sign-out here and at the provider; no complaint."""
    earlier = place.apache.complaints()
    tour = Tour(visitor, person, tick=SHARED)
    seen = tour.visit(f"{place.address}/me/")
    assert seen.status_code == 200, seen.text
    assert seen.headers["X-Seen-Email"] == "amara@mail.example"
    assert seen.headers["X-Seen-Amr"] == "pwd,otp,mfa"
    known = visitor.raw("GET", place.own(info="json")).json()
    assert known["userinfo"]["sub"] == known["id_token"]["sub"]
    assert seen.headers["X-Seen-User"].startswith(known["id_token"]["sub"])
    assert place.party.introspect(known["access_token"])["active"] is True
    back = f"{place.address}/me/"
    refreshed = tour.visit(place.own(refresh=back, access_token=known["access_token"]))
    assert (refreshed.status_code, refreshed.url) == (200, back)
    fresh = visitor.raw("GET", place.own(info="json")).json()
    assert fresh["access_token"] != known["access_token"]
    assert fresh["refresh_token"] != known["refresh_token"]
    out = tour.visit(place.own(logout=f"{place.address}/open/"))
    assert out.url.partition("?")[0] == f"{place.address}/open/"
    assert tour.stopped(f"{place.address}/me/").offers("password")
    assert place.apache.complaints() == earlier


def test_what_the_module_asks_for(place: Site, visitor: Browser) -> None:
    """PKCE and the response mode are as the site was set up."""
    asked = parse_qs(urlsplit(visitor.raw("GET", f"{place.address}/me/").headers["Location"]).query)
    assert asked.get("code_challenge_method") == (None if place.kind == "old" else ["S256"])
    assert asked.get("response_mode") == (["form_post"] if place.kind == "post" else None)


def test_silent_sign_in(place: Site, person: Person, visitor: Browser) -> None:
    """prompt=none: login_required for a stranger, no question for somebody who is known."""
    tour = Tour(visitor, person, tick=SHARED)
    refused = tour.visit(f"{place.address}/silent/")
    assert tour.arrivals[-1].parameters["error"] == "login_required"
    assert refused.headers.get("X-Seen-User", "") in {"", "(null)"}
    known = tour.visit(f"{place.address}/me/").headers["X-Seen-User"]
    for cookie in [cookie for cookie in visitor.http.cookies if cookie.name.startswith("mod_auth_openidc")]:
        visitor.http.cookies.clear(cookie.domain, cookie.path, cookie.name)
    again = tour.visit(f"{place.address}/silent/")
    assert (again.status_code, again.headers["X-Seen-User"]) == (200, known)


def test_module_tells_what_went_wrong(place: Site, person: Person, visitor: Browser) -> None:
    """A person's no reaches the site; an answer with a state of somebody else's is not taken."""
    refused = Tour(visitor, person, decision="deny").visit(f"{place.address}/me/")
    assert "access_denied" in refused.text
    visitor.raw("GET", f"{place.address}/me/")
    forged = f"code=forged&state=forged&iss={quote(place.party.issuer)}"
    answer = visitor.raw("GET", f"{place.address}/callback?{forged}")
    assert "X-Seen-Email" not in answer.headers
    assert answer.status_code in {302, 400}


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_real_browser_carries_the_posted_answer(
    sites: dict[str, Site], browsers: Browsers, person: Person, scripts: bool
) -> None:
    """Chromium sends the form on to the site, by itself or at a press, and the site's cookies come with it."""
    page = browsers.visitor(trusts_everybody=True, scripts=scripts).new_page()
    page.goto(f"{sites['post'].address}/me/")
    page.locator("#identifier").fill(person.username)
    page.locator("#password").fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#code").fill(person.code())
    page.get_by_role("button", name="Confirm the code").click()
    page.locator("button[value=allow]").click()
    if not scripts:
        page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title("me")
    assert page.url == f"{sites['post'].address}/me/"
