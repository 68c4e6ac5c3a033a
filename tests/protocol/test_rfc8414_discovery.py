"""OpenID Connect Discovery 1.0, RFC 8414, RFC 7517: what the provider publishes, and that it holds."""

import json
from urllib.parse import urlsplit

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Person, RelyingParty
from tests.protocol.expectations import soon
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

PATHS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
REQUIRED = {
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported", "scopes_supported", "claims_supported",
    "userinfo_endpoint", "introspection_endpoint", "revocation_endpoint", "end_session_endpoint",
}  # fmt: skip
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.mark.parametrize("path", PATHS)
def test_document_has_what_is_required(provider: Provider, path: str) -> None:
    """Discovery 3, RFC 8414 2 (oidcc-discovery-endpoint-verification): required members, exact issuer."""
    answer = provider.live.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    document = answer.json()
    assert document.keys() >= REQUIRED
    assert document["issuer"] == provider.issuer
    for name, value in document.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{provider.issuer}/"), name
            assert not urlsplit(value).fragment
    assert document == provider.discovery


def test_document_promises_the_code_flow_and_nothing_else(provider: Provider) -> None:
    """Code only, S256 only, no implicit or password grant, iss in answers, no request objects."""
    document = provider.discovery
    assert document["response_types_supported"] == ["code"]
    assert set(document["response_modes_supported"]) == {"query", "form_post"}
    assert set(document["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["request_parameter_supported"] is False
    # Discovery 3: an absent request_uri_parameter_supported would mean true.
    assert document["request_uri_parameter_supported"] is False
    assert document["claims_parameter_supported"] is True
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "none" not in document["id_token_signing_alg_values_supported"]
    assert set(document["subject_types_supported"]) == {"pairwise", "public"}
    assert {"client_secret_basic", "client_secret_post", "none"} == set(
        document["token_endpoint_auth_methods_supported"]
    )
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]


def test_every_published_address_answers(provider: Provider) -> None:
    """RFC 8414 2: no dead address in the document."""
    for name, value in provider.discovery.items():
        if name.endswith(("_endpoint", "_uri", "_documentation")):
            status = provider.live.get(value.removeprefix(provider.issuer)).status_code
            assert status not in {404, 500}, (name, status)


def test_keys_are_public_named_and_of_the_promised_algorithms(provider: Provider) -> None:
    """RFC 7517, OpenID Connect Core 10.1: unique kids, use and alg, no private member, one key for each algorithm."""
    answer = provider.live.get("/oauth/jwks")
    assert answer.headers["Content-Type"].partition(";")[0] in {"application/jwk-set+json", "application/json"}
    keys = answer.json()["keys"]
    assert keys
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not PRIVATE & key.keys(), key["kid"]
        assert key["use"] == "sig"
        assert key["kty"] in {"RSA", "EC", "OKP"}
    promised = set(provider.discovery["id_token_signing_alg_values_supported"])
    assert {key["alg"] for key in keys} >= promised
    assert {"RS256", "ES256"} <= promised


@pytest.mark.parametrize("path", [*PATHS, "/oauth/jwks"])
def test_document_may_be_kept_and_asked_for_again(provider: Provider, path: str) -> None:
    """RFC 9110 13.1.2: an ETag, a lifetime for caches, 304 for whoever has it, the body for whoever has another."""
    answer = provider.live.get(path)
    tag = answer.headers["ETag"]
    assert "max-age=" in answer.headers["Cache-Control"]
    again = provider.live.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag
    assert provider.live.get(path, headers={"If-None-Match": f'"x", W/{tag}'}).status_code == 304
    assert provider.live.get(path, headers={"If-None-Match": '"other"'}).content == answer.content


@pytest.mark.parametrize("path", [*PATHS, "/oauth/jwks"])
def test_document_answers_head_and_refuses_changes(provider: Provider, path: str) -> None:
    """AC-131: HEAD has the headers of GET and no body; other methods are 405."""
    head = provider.live.http.head(f"{provider.issuer}{path}", timeout=10)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(provider.live.get(path).content))
    assert provider.live.post(path).status_code == 405


def test_workers_agree(provider: Provider) -> None:
    """AC-120: whichever worker answers, the documents are the same, byte for byte."""
    for path in (*PATHS, "/oauth/jwks"):
        answers = {provider.live.get(path, headers={"Connection": "close"}).content for _ in range(12)}
        assert len(answers) == 1


def test_new_key_is_published_a_day_before_it_signs(
    provider: Provider, tax: RelyingParty, resident: Person, clock: MovableClock
) -> None:
    """OpenID Connect Core 10.1.1, AC-120 (oidcc-server-rotate-keys): old keys stay, all tokens verify."""
    before = _kids(provider)
    old = sign_in(tax, resident, provider.browser())
    provider.operate("keys", "rotate")
    soon(lambda: _kids(provider) > before)
    waiting = sign_in(tax, resident, provider.browser())
    assert _signers(tax, waiting) <= before
    assert tax.userinfo(old.access_token).status_code == 200
    clock.advance(25 * 3600)
    soon(lambda: _kids(provider) >= before)
    new = sign_in(tax, resident, provider.browser())
    assert not _signers(tax, new) & before
    assert tax.userinfo(new.access_token).status_code == 200
    assert tax.read(old.id_token).claims["sub"] == new.id_claims["sub"]


def _signers(party: RelyingParty, signed_in: SignedIn) -> set[str]:
    return {party.read(token).header["kid"] for token in (signed_in.access_token, signed_in.id_token)}


def _kids(provider: Provider) -> set[str]:
    return {key["kid"] for key in provider.live.get("/oauth/jwks").json()["keys"]}


def test_documents_carry_no_cookie_and_no_inside(provider: Provider) -> None:
    """AC-119: nothing about versions or hosts; no state is made for a reader of documents."""
    for path in (*PATHS, "/oauth/jwks"):
        answer = provider.live.get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        server = answer.headers.get("Server", "").lower()
        assert not any(part.isdigit() for part in server), server
        assert json.loads(answer.content)
