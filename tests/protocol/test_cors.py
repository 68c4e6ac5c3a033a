"""AC-094: pages of registered origins may call discovery, keys, token and userinfo, without cookies; no others."""

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

OPEN = ["/.well-known/openid-configuration", "/oauth/jwks", "/oauth/token", "/oauth/userinfo"]
CLOSED = ["/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oauth/logout", "/signin", "/account", "/"]
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def spa(provider: Provider) -> RelyingParty:
    """An application in the browser, served from an origin of its own."""
    return provider.register(
        token_endpoint_auth_method="none",
        redirect_uris=["https://spa.example/callback"],
        allowed_cors_origins=["https://cdn.example:8443"],
    )


@pytest.mark.parametrize("path", OPEN)
def test_registered_origin_may_ask_and_nobody_elses_cookies_travel(
    provider: Provider, spa: RelyingParty, path: str
) -> None:
    """Fetch 3.2: the preflight names the origin, methods and headers, never a wildcard, never credentials."""
    headers = {
        "Origin": "https://cdn.example:8443",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = provider.live.http.options(f"{provider.issuer}{path}", headers=headers, timeout=10)
    assert answer.status_code == 204
    assert answer.headers[ALLOWED] == "https://cdn.example:8443"
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://cdn.example",
        "https://cdn.example:8443.evil.example",
        "http://cdn.example:8443",
        "https://CDN.example:8443",
        "https://spa.example",
        "https://" + "a" * 4000,
    ],
)
def test_other_origins_get_nothing(provider: Provider, spa: RelyingParty, path: str, origin: str) -> None:
    """RFC 9700 2.6: no reflection; where origins are registered those of redirect URIs do not count."""
    for method in ("OPTIONS", "GET", "POST"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = provider.live.http.request(method, f"{provider.issuer}{path}", headers=headers, timeout=10)
        assert ALLOWED not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", CLOSED)
def test_endpoints_of_people_and_servers_have_no_cors_at_all(provider: Provider, spa: RelyingParty, path: str) -> None:
    """RFC 9700 2.6: the authorization endpoint must not support CORS; pages and servers' endpoints do not either."""
    for method in ("OPTIONS", "GET", "POST"):
        headers = {"Origin": "https://cdn.example:8443", "Access-Control-Request-Method": "POST"}
        answer = provider.live.http.request(
            method, f"{provider.issuer}{path}", headers=headers, timeout=10, allow_redirects=False
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_origin_of_a_redirect_uri_may_call_where_none_is_registered(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """The origins of the redirect URIs, errors included, so that a page can read them."""
    signed_in = sign_in(tax, resident, visitor)
    good = tax.userinfo(signed_in.access_token, headers={"Origin": "https://tax.example"})
    assert good.headers[ALLOWED] == "https://tax.example"
    bad = tax.userinfo("x", headers={"Origin": "https://tax.example"})
    assert bad.status_code == 401
    assert bad.headers[ALLOWED] == "https://tax.example"
    assert "WWW-Authenticate" in bad.headers["Access-Control-Expose-Headers"]


def test_answer_without_origin_names_none(provider: Provider) -> None:
    """A caller that is no browser gets no CORS headers, and caches keep the answers apart."""
    answer = provider.live.get("/.well-known/openid-configuration")
    assert ALLOWED not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "https://cdn.example/", "https://cdn.example/path", "null", "cdn.example"]
)
def test_origin_that_is_no_origin_cannot_be_registered(provider: Provider, origin: str) -> None:
    """AC-005 for origins: no wildcards, no paths, nothing that a browser would not send."""
    document = {"redirect_uris": ["https://spa.example/cb"], "allowed_cors_origins": [origin]}
    assert provider.refused("client", "create", document=document)["error"] == "invalid_client_metadata"
