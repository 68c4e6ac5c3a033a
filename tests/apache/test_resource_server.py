"""Apache as a resource server: mod_auth_openidc asks for a token's worth, or reads it by the published keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from embedded.authority import CertificateFiles
from embedded.ports import free_ports
from tests.apache.server import Apache, directives, site, trusted
from tests.protocol.driver import SECONDS, Browser, Person, RelyingParty
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider
from tests.stack import Stack

LEDGER = "https://ledger.example/api"


@dataclass(frozen=True, slots=True)
class Api:
    """The two guarded places, the API's own registration, and a machine that may call it."""

    asking: str
    reading: str
    party: RelyingParty
    caller: RelyingParty

    def call(self, address: str, token: str | None) -> requests.Response:
        """A request with a token, as a caller sends it."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return self.party.http.get(f"{address}/api/", headers=headers, timeout=SECONDS, allow_redirects=False)

    def token(self, **changes: str) -> str:
        """A token for this API."""
        form = {"grant_type": "client_credentials", "scope": "ledger.read", "resource": LEDGER, **changes}
        answer = self.caller.post("token_endpoint", form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture(scope="module", params=["ES256", "RS256"])
def caller(request: pytest.FixtureRequest, provider: Provider, api_party: RelyingParty) -> RelyingParty:
    """A machine whose access tokens are signed by either algorithm."""
    return provider.register(
        redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"],
        scope="ledger.read ledger.write", resources=[LEDGER], access_token_signing_alg=request.param,
    )  # fmt: skip


@pytest.fixture(scope="module")
def api_party(provider: Provider) -> RelyingParty:
    """The client that stands for the ledger."""
    party = provider.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    document = {
        "audience": LEDGER,
        "name": "Ledger",
        "scopes": ["ledger.read", "ledger.write"],
        "client_ids": [party.client_id],
    }
    provider.operate("resource", "create", document=document)
    return party


@pytest.fixture(scope="module")
def places(
    provider: Provider,
    stack: Stack,
    worker: str,
    authority: Path,
    certificate: CertificateFiles,
    api_party: RelyingParty,
) -> Iterator[tuple[str, str]]:
    """Addresses of an Apache that introspects and of one that reads tokens itself."""
    folder = stack.folder / f"apache-api-{worker}"
    asking, reading = free_ports(2)
    introspection = directives(
        OIDCOAuthIntrospectionEndpoint=provider.discovery["introspection_endpoint"],
        OIDCOAuthIntrospectionEndpointAuth="client_secret_basic",
        OIDCOAuthClientID=api_party.client_id,
        OIDCOAuthClientSecret=api_party.secret or "",
        OIDCOAuthTokenExpiryClaim=["exp", "absolute", "mandatory"],
        OIDCOAuthTokenIntrospectionInterval="0",
    )
    keys = directives(OIDCOAuthVerifyJwksUri=provider.discovery["jwks_uri"])
    texts = [
        site(folder, asking, introspection + _guarded(folder), certificate),
        site(folder, reading, keys + _guarded(folder), certificate),
    ]
    apache = Apache(folder, (asking, reading), texts, authority)
    yield f"https://localhost:{asking}", f"https://localhost:{reading}"
    apache.stop()


@pytest.fixture(scope="module")
def api(places: tuple[str, str], api_party: RelyingParty, caller: RelyingParty) -> Api:
    """The API and a machine that calls it."""
    return Api(*places, api_party, caller)


def _guarded(folder: Path) -> str:
    common = directives(
        OIDCCABundlePath=str(trusted(folder)),
        OIDCCryptoPassphrase="a passphrase of this test",
        OIDCOAuthRemoteUserClaim="sub",
    )
    rule = (
        f"    <RequireAll>\n      Require claim iss~^https://localhost:[0-9]+$\n      Require claim aud:{LEDGER}\n"
        "      Require claim scope:ledger.read\n    </RequireAll>\n"
    )
    return f"{common}  <Location /api>\n    AuthType oauth20\n{rule}  </Location>\n"


@pytest.mark.parametrize("way", ["asking", "reading"])
def test_right_token_opens_the_door(api: Api, way: str) -> None:
    """A token for this API is taken, and the caller is known by name."""
    seen = api.call(getattr(api, way), api.token())
    assert seen.status_code == 200, seen.text
    assert seen.headers["X-Seen-Client"] == api.caller.client_id


@pytest.mark.parametrize("way", ["asking", "reading"])
def test_no_token_and_broken_ones_are_turned_away(api: Api, way: str) -> None:
    """No token, half a token, a token with another signature: 401 with a challenge."""
    address = getattr(api, way)
    token = api.token()
    for given in (None, token[:-20], f"{token[:-6]}AAAAAA", "opaque"):
        answer = api.call(address, given)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("way", ["asking", "reading"])
def test_token_for_something_else_is_turned_away(
    api: Api, provider: Provider, person: Person, visitor: Browser, way: str
) -> None:
    """A token without the scope, and a person's token for the provider itself, do not open the door."""
    address = getattr(api, way)
    assert api.call(address, api.token(scope="ledger.write")).status_code in {401, 403}
    elsewhere = sign_in(provider.register(), person, visitor).access_token
    assert api.call(address, elsewhere).status_code in {401, 403}


def test_revoked_token_is_turned_away_by_who_asks(api: Api) -> None:
    """RFC 7662: introspection tells of a revocation at once."""
    token = api.token()
    assert api.call(api.asking, token).status_code == 200
    assert api.caller.revoke(token).status_code == 200
    assert api.call(api.asking, token).status_code == 401
