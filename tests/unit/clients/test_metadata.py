"""What a relying party may say about itself, and what an installation lets it register."""

from typing import Any

import pytest

from idp.clients.metadata import AuthMethod, ClientMetadata, GrantType, ResponseMode, SubjectType, read_metadata
from idp.clients.rules import RegistrationPolicy, check_metadata, check_secret
from idp.errors import Code, Refusal
from idp.keys.jose import Algorithm

STRICT = RegistrationPolicy.for_environment("production")
RELAXED = RegistrationPolicy.for_environment("development")
CODE = {"redirect_uris": ["https://permits.example/cb"]}
MACHINE = {"grant_types": ["client_credentials"]}


def registered(document: dict[str, Any], policy: RegistrationPolicy = STRICT) -> ClientMetadata | Refusal:
    """Read and check, as a registration does."""
    metadata = read_metadata(document)
    return metadata if isinstance(metadata, Refusal) else check_metadata(metadata, policy) or metadata


def accepted(document: dict[str, Any], policy: RegistrationPolicy = STRICT) -> ClientMetadata:
    """Metadata that must be registered."""
    metadata = registered(document, policy)
    assert isinstance(metadata, ClientMetadata), metadata
    return metadata


def test_defaults_are_those_of_the_specifications_and_the_profile() -> None:
    """A client that names its redirect URI alone gets the safe defaults."""
    metadata = accepted(CODE)
    assert metadata.grant_types == (GrantType.AUTHORIZATION_CODE,)
    assert metadata.response_types == ("code",)
    assert metadata.token_endpoint_auth_method is AuthMethod.BASIC
    assert metadata.scope == "openid profile email address phone offline_access"
    assert metadata.subject_type is SubjectType.PAIRWISE
    assert metadata.id_token_signed_response_alg is Algorithm.RS256
    assert metadata.access_token_signing_alg is Algorithm.ES256
    assert metadata.response_modes == (ResponseMode.QUERY, ResponseMode.FORM_POST)
    assert metadata.require_pkce
    assert not metadata.claims_in_id_token
    assert metadata.resources == ()


def test_a_machine_client_has_no_response_types_and_no_scopes_of_people() -> None:
    """Without the code flow nothing about people is implied."""
    metadata = accepted(MACHINE)
    assert metadata.response_types == ()
    assert metadata.scope == ""
    assert not metadata.uses_code


def test_the_document_says_what_was_registered_and_reads_back() -> None:
    """Reading the document again gives the same metadata; absent members stay absent."""
    metadata = accepted({**CODE, "client_name": "  Permits ", "default_max_age": 0, "min_acr": "nid:2"})
    document = metadata.as_document()
    assert document["client_name"] == "Permits"
    assert document["default_max_age"] == 0
    assert "logo_uri" not in document
    assert read_metadata(document) == metadata


def test_unknown_members_are_ignored_and_null_is_absent() -> None:
    """RFC 7591 section 2 and RFC 7592 section 2.2."""
    document = {**CODE, "software_id": "x", "logo_uri#fr": "Permis", "scope": None, "require_pkce": None}
    assert accepted(document) == accepted(CODE)


def test_names_and_purposes_in_further_languages_are_kept() -> None:
    """RFC 7591 section 2.2: read, repeated as they were registered, and checked like the ones without a language."""
    words = {"client_name#fr": "Permis", "client_name#pt-BR": "Licen\u00e7as", "purpose#fr": "Pour \u00e9crire"}
    metadata = accepted({**CODE, "client_name": "Permits", **words, "purpose#de": None})
    assert metadata.names == {"fr": "Permis", "pt-BR": "Licen\u00e7as"}
    assert metadata.purposes == {"fr": "Pour \u00e9crire"}
    document = metadata.as_document()
    assert words.items() <= document.items()
    assert not {"names", "purposes", "client_name#", "purpose#"} & document.keys()
    assert read_metadata(document) == metadata


@pytest.mark.parametrize(
    "document",
    [
        {"client_name#fr": 3},
        {"client_name#fr": ""},
        {"client_name#fr": "x" * 201},
        {"client_name#fr": "\u202eevil"},
        {"client_name#": "no language"},
        {"client_name#": {"fr": "hidden"}},
        {"client_name#<b>": "x"},
        {"client_name#fr#fr": "x"},
        {"purpose#fr": "x" * 501},
        {f"client_name#a{chr(97 + n // 26)}{chr(97 + n % 26)}": "x" for n in range(31)},
    ],
)
def test_words_in_a_language_are_as_limited_as_others(document: dict[str, Any]) -> None:
    """Plain text of a bounded size under a plain tag, and not in any number of languages."""
    refused = registered({**CODE, **document})
    assert isinstance(refused, Refusal)
    assert refused.code is Code.CLIENT_METADATA
    assert "evil" not in refused.detail


@pytest.mark.parametrize("member", ["names", "purposes"])
def test_the_models_own_names_are_not_metadata(member: str) -> None:
    """What is no registered member is ignored under any name."""
    assert accepted({**CODE, member: {"fr": "hidden"}}) == accepted(CODE)


def test_repeated_values_are_kept_once_in_their_order() -> None:
    """A list that says a thing twice says it once."""
    uris = ["https://b.example/cb", "https://a.example/cb", "https://b.example/cb"]
    assert accepted({"redirect_uris": uris}).redirect_uris == ("https://b.example/cb", "https://a.example/cb")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"redirect_uris": []},
        {"redirect_uris": "https://permits.example/cb"},
        {"redirect_uris": [7]},
        {"redirect_uris": [None]},
        {"redirect_uris": [["https://permits.example/cb"]]},
        {"redirect_uris": ["https://*.gov.example/cb"]},
        {"redirect_uris": [".*"]},
        {"redirect_uris": ["http://localhost/cb"]},
        {"redirect_uris": ["http://127.0.0.1:8080/cb"]},
        {"redirect_uris": ["com.example.permits:/cb"]},
        {"redirect_uris": ["https://permits.example/cb", "https://permits.example/cb#x"]},
        {"redirect_uris": [f"https://permits.example/{number}" for number in range(51)]},
        {"redirect_uris": [f"https://permits.example/{'x' * 2000}"]},
        {**MACHINE, "redirect_uris": ["http://permits.example/cb"]},
    ],
)
def test_bad_redirect_uris_are_refused_as_such(document: dict[str, Any]) -> None:
    """The refusal becomes `invalid_redirect_uri` (RFC 7591 section 3.2.2; AC-005, AC-008)."""
    refusal = registered(document)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.CLIENT_REDIRECT_URI


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("grant_types", []),
        ("grant_types", ["implicit"]),
        ("grant_types", ["authorization_code", "password"]),
        ("grant_types", "authorization_code"),
        ("response_types", ["token"]),
        ("response_types", ["code id_token"]),
        ("response_types", []),
        ("scope", "openid  profile"),
        ("scope", ' openid "quoted"'),
        ("scope", "openid\tprofile"),
        ("scope", "x" * 1001),
        ("scope", ["openid"]),
        ("token_endpoint_auth_method", "client_secret_jwt"),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("application_type", "service"),
        ("subject_type", "global"),
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", "HS256"),
        ("access_token_signing_alg", "PS256"),
        ("access_token_signing_alg", "none"),
        ("default_max_age", -1),
        ("default_max_age", "60"),
        ("default_max_age", True),
        ("default_max_age", 1.0),
        ("require_auth_time", "true"),
        ("require_pkce", 0),
        ("claims_in_id_token", 1),
        ("min_acr", "nid:4"),
        ("response_modes", []),
        ("response_modes", ["fragment"]),
        ("post_logout_redirect_uris", ["http://permits.example/out"]),
        ("post_logout_redirect_uris", ["https://permits.example/*"]),
        ("initiate_login_uri", "http://permits.example/start"),
        ("logo_uri", "javascript:alert(1)"),
        ("logo_uri", ""),
        ("client_uri", "permits.example"),
        ("policy_uri", "https://user@permits.example/"),
        ("tos_uri", ["https://permits.example/"]),
        ("allowed_cors_origins", ["*"]),
        ("allowed_cors_origins", ["null"]),
        ("allowed_cors_origins", ["https://permits.example/"]),
        ("resources", ["api"]),
        ("resources", ["https://api.example/#x"]),
        ("sector", ""),
        ("sector", "a|b"),
        ("sector", "x" * 201),
        ("client_name", ""),
        ("client_name", "   "),
        ("client_name", "x" * 201),
        ("client_name", "Permits\u202egnp.exe"),
        ("client_name", "Permits\nOffice"),
        ("client_name", "Permits\x00"),
        ("client_name", "Permits\u2028Office"),
        ("client_name", "Permits\ud800"),
        ("purpose", "x" * 501),
        ("essential_claims", ["Name"]),
        ("essential_claims", ["name; drop"]),
        ("contacts", ["x"] * 3 + ["\x07"]),
    ],
)
def test_bad_metadata_is_refused_by_its_member(member: str, value: Any) -> None:
    """The refusal becomes `invalid_client_metadata`; it names the member."""
    refusal = registered({**CODE, member: value})
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.CLIENT_METADATA
    assert refusal.detail.startswith(member)


@pytest.mark.parametrize(
    "document",
    [
        {**CODE, "token_endpoint_auth_method": "none", "require_pkce": False},
        {
            **CODE,
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "client_credentials"],
        },
        {**MACHINE, "token_endpoint_auth_method": "none"},
        {**MACHINE, "response_types": ["code"]},
        {"grant_types": ["client_credentials", "refresh_token"]},
        {f"member{number}": number for number in range(101)},
    ],
)
def test_members_that_contradict_each_other_are_refused(document: dict[str, Any]) -> None:
    """A public client without PKCE, a token by secret without a secret, a response without a flow."""
    refusal = registered(document)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.CLIENT_METADATA


@pytest.mark.parametrize(
    "document",
    [
        {**MACHINE, **CODE},
        {**CODE, "require_pkce": False},
        {**CODE, "token_endpoint_auth_method": "none"},
        {**CODE, "grant_types": ["authorization_code", "refresh_token", "client_credentials"]},
        {**CODE, "id_token_signed_response_alg": "EdDSA", "access_token_signing_alg": "RS256"},
        {"redirect_uris": ["com.example.permits:/cb", "http://127.0.0.1/cb"], "application_type": "native"},
        {**CODE, "client_name": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"},
        {**CODE, "initiate_login_uri": "https://permits.example/start"},
    ],
)
def test_what_the_profile_allows_is_registered(document: dict[str, Any]) -> None:
    """The widest of what is allowed in production."""
    accepted(document)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    """The text for operators and logs has no value from outside in it."""
    for member in ("client_name", "scope", "min_acr", "logo_uri", "grant_types", "default_max_age"):
        refusal = registered({**CODE, member: "secret-marker\x07"})
        assert isinstance(refusal, Refusal)
        assert "secret-marker" not in refusal.detail


@pytest.mark.parametrize("environment", ["staging", "production", "anything else"])
def test_only_development_and_test_are_relaxed(environment: str) -> None:
    """An environment nobody thought of is strict."""
    assert RegistrationPolicy.for_environment(environment) == STRICT
    assert RegistrationPolicy.for_environment("test") == RELAXED
    assert isinstance(registered({"redirect_uris": ["http://localhost:3000/cb"]}, STRICT), Refusal)
    accepted({"redirect_uris": ["http://localhost:3000/cb"]}, RELAXED)


@pytest.mark.parametrize(
    ("secret", "policy", "taken"),
    [
        ("x" * 22, STRICT, True),
        ("x" * 21, STRICT, False),
        ("x" * 8, RELAXED, True),
        ("x" * 7, RELAXED, False),
        ("x" * 501, RELAXED, False),
        ("long enough but \u00e9", RELAXED, False),
        ("long enough but \n", RELAXED, False),
        ("", RELAXED, False),
    ],
)
def test_a_secret_made_elsewhere_must_be_long_and_printable(
    secret: str, policy: RegistrationPolicy, taken: bool
) -> None:
    """RFC 6749 sections 10.10 and A.2."""
    assert (check_secret(secret, policy) is None) is taken
