"""Config: the metadata and the keys, as a client that believes nothing reads them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.jwk import JWKRegistry

from tests.protocol.provider import Provider

REQUIRED = {
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported",
}  # fmt: skip
RECOMMENDED = {"userinfo_endpoint", "scopes_supported", "claims_supported"}
BOOLEANS = {
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "require_request_uri_registration", "authorization_response_iss_parameter_supported",
}  # fmt: skip
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
NUMBERS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


def fetched(provider: Provider, address: str) -> dict[str, Any]:
    """A JSON document from its published address."""
    answer = provider.live.get(address.removeprefix(provider.issuer))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] in {"application/json", "application/jwk-set+json"}
    document: dict[str, Any] = answer.json()
    return document


def test_oidcc_discovery_endpoint_verification(provider: Provider) -> None:
    """Required members, exact issuer, https everywhere, lists that agree; public keys for all that is promised."""
    document = fetched(provider, "/.well-known/openid-configuration")
    assert document.keys() >= REQUIRED | RECOMMENDED
    assert document["issuer"] == provider.issuer
    assert not urlsplit(provider.issuer).query + urlsplit(provider.issuer).fragment
    _check_members(document)
    _check_lists(document)
    _check_keys(fetched(provider, document["jwks_uri"])["keys"], document)


def _check_members(document: dict[str, Any]) -> None:
    for name, value in document.items():
        if name in BOOLEANS:
            assert type(value) is bool, name
        elif name.endswith("_supported"):
            assert value, name
            assert all(isinstance(item, str) and item for item in value), name
            assert len(set(value)) == len(value), name
        else:
            parts = urlsplit(value)
            assert parts.scheme == "https", name
            assert f"{parts.scheme}://{parts.netloc}" == document["issuer"], name
            assert not parts.fragment, name


def _check_lists(document: dict[str, Any]) -> None:
    assert "code" in document["response_types_supported"]
    assert {"query", "form_post"} <= set(document["response_modes_supported"])
    assert "authorization_code" in document["grant_types_supported"]
    assert set(document["subject_types_supported"]) <= {"public", "pairwise"}
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert {"client_secret_basic", "client_secret_post"} <= set(document["token_endpoint_auth_methods_supported"])
    assert {"openid", "profile", "email", "address", "phone", "offline_access"} <= set(document["scopes_supported"])
    assert ("refresh_token" in document["grant_types_supported"]) is ("offline_access" in document["scopes_supported"])
    assert {"sub", "auth_time", "acr", "name", "email"} <= set(document["claims_supported"])
    assert "S256" in document["code_challenge_methods_supported"]
    assert "plain" not in document["code_challenge_methods_supported"]


def _check_keys(keys: list[dict[str, Any]], document: dict[str, Any]) -> None:
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not PRIVATE & key.keys()
        assert key["use"] == "sig"
        assert KINDS[key["alg"]] == key["kty"]
        assert all(_BASE64URL.fullmatch(key[number]) for number in NUMBERS[key["kty"]])
        native = JWKRegistry.import_key(key).public_key
        assert isinstance(native, RSAPublicKey) is (key["kty"] == "RSA")
        assert not isinstance(native, RSAPublicKey) or native.key_size >= 2048
    assert {key["alg"] for key in keys} >= set(document["id_token_signing_alg_values_supported"])
