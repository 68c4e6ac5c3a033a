from idp.authorization.metadata import metadata
from idp.clients.metadata import AuthMethod, GrantType, ResponseMode, SubjectType
from idp.keys.jose import Algorithm
from idp.subscribers.claims import STANDARD_CLAIMS

ISSUER = "https://id.example/base"
DOCUMENT = metadata(
    ISSUER, id_token_algorithms=[Algorithm.RS256, Algorithm.ES256], languages=["en", "fr"], scopes=["tax"]
)


def test_required_members() -> None:
    """OpenID Connect Discovery 3 and RFC 8414 2: what every reader needs is there."""
    assert DOCUMENT["issuer"] == ISSUER
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint",
                 "introspection_endpoint", "end_session_endpoint"):  # fmt: skip
        assert DOCUMENT[name].startswith(f"{ISSUER}/oauth/")
    assert DOCUMENT["response_types_supported"] == ["code"]
    assert DOCUMENT["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]
    assert "openid" in DOCUMENT["scopes_supported"]


def test_nothing_is_promised_that_is_not_kept() -> None:
    """What clients may register is what the document says, no more and no less."""
    assert set(DOCUMENT["grant_types_supported"]) == set(GrantType)
    assert set(DOCUMENT["response_modes_supported"]) == set(ResponseMode)
    assert set(DOCUMENT["subject_types_supported"]) == set(SubjectType)
    assert set(DOCUMENT["token_endpoint_auth_methods_supported"]) == set(AuthMethod)
    assert set(STANDARD_CLAIMS) < set(DOCUMENT["claims_supported"])
    assert DOCUMENT["code_challenge_methods_supported"] == ["S256"]
    for refused in ("request_parameter_supported", "request_uri_parameter_supported"):
        assert DOCUMENT[refused] is False


def test_a_public_client_cannot_introspect() -> None:
    """RFC 7662 2.1: introspection needs authentication, so the document does not offer it without."""
    assert "none" not in DOCUMENT["introspection_endpoint_auth_methods_supported"]
    assert "none" in DOCUMENT["revocation_endpoint_auth_methods_supported"]


def test_mix_up_protection_is_announced() -> None:
    """RFC 9207 3: clients can rely on `iss` in authorization responses."""
    assert DOCUMENT["authorization_response_iss_parameter_supported"] is True


def test_lists_hold_each_value_once() -> None:
    """A coherent document: no list repeats itself."""
    for name, value in DOCUMENT.items():
        if isinstance(value, list):
            assert len(value) == len(set(value)), name
