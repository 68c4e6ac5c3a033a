import json
from typing import Any

import pytest

from idp.authorization.checks import MAX_NONCE_CHARS
from tests.factories.clients import make_client
from tests.unit.authorization.parties import CHALLENGE, accepted, failed

PUBLIC: dict[str, Any] = {"secret": None, "token_endpoint_auth_method": "none"}


def test_rfc_6749_3_1_1_response_type_is_required() -> None:
    """RFC 6749 3.1.1: a missing response type is an invalid request."""
    assert failed(response_type=None).error == "invalid_request"
    assert failed(response_type="").error == "invalid_request"


@pytest.mark.parametrize(
    "kind", ["token", "id_token", "id_token token", "code token", "code id_token", "none", "CODE", "code code"]
)
def test_rfc_9700_2_1_2_only_the_code_flow(kind: str) -> None:
    """RFC 9700 2.1.2, AC-010: nothing that would put a token into an address."""
    assert failed(response_type=kind).error == "unsupported_response_type"


def test_rfc_6749_4_1_2_1_a_client_without_the_code_flow() -> None:
    """RFC 6749 4.1.2.1: unauthorized_client for a client that is not registered for this grant."""
    assert failed(make_client(grant_types=["client_credentials"])).error == "unauthorized_client"


def test_oidc_6_request_objects_are_refused() -> None:
    """OpenID Connect Core 3.1.2.6, AC-020, AC-024: named errors, never fetched, never read."""
    assert failed(request="eyJhbGciOiJub25lIn0.e30.").error == "request_not_supported"
    assert failed(request_uri="http://169.254.169.254/").error == "request_uri_not_supported"
    assert failed(request_uri="urn:ietf:params:oauth:request_uri:x").error == "request_uri_not_supported"
    assert accepted(request="", request_uri="").state == "s-1"


@pytest.mark.parametrize("scope", [None, "", " ", 'openid\nprofile"', "openid \\", "öpenid", "x" * 5000])
def test_rfc_6749_3_3_a_scope_is_words(scope: str | None) -> None:
    """RFC 6749 3.3: missing or malformed is invalid_scope."""
    assert failed(scope=scope).error == "invalid_scope"


@pytest.mark.parametrize("scope", ["openid admin", "openid OPENID", "profile root", "openid tax:read"])
def test_rfc_6749_4_1_2_1_a_scope_beyond_the_registered_ones(scope: str) -> None:
    """AC-019: refused as a whole, nothing is granted."""
    assert failed(scope=scope).error == "invalid_scope"
    assert failed(make_client(scope="openid"), scope="openid offline_access").error == "invalid_scope"


def test_scopes_in_any_order() -> None:
    """RFC 6749 3.3: the order of the words does not matter; a repeated word counts once."""
    assert accepted(scope="email openid email").scope == ("email", "openid")
    assert accepted(scope="openid offline_access").offline


def test_a_long_registered_scope_can_be_asked_for() -> None:
    """A name of 200 characters, the longest that can be registered."""
    name = "s" * 200
    assert accepted(make_client(scope=f"openid {name}"), scope=f"openid {name}").scope == ("openid", name)


@pytest.mark.parametrize("public", [True, False])
def test_rfc_7636_4_4_1_a_challenge_is_required(public: bool) -> None:
    """RFC 7636 4.4.1, RFC 9700 2.1.1, AC-012: of every client, confidential ones included."""
    client = make_client(**(PUBLIC if public else {}))
    assert failed(client, code_challenge=None, code_challenge_method=None).error == "invalid_request"
    assert accepted(client).code_challenge == CHALLENGE


def test_an_old_certified_client_may_do_without() -> None:
    """AC-012: only where a confidential client is registered so; a challenge that is sent is kept all the same."""
    client = make_client(require_pkce=False)
    assert accepted(client, code_challenge=None, code_challenge_method=None).code_challenge is None
    assert accepted(client).code_challenge == CHALLENGE


@pytest.mark.parametrize("method", ["plain", "PLAIN", "s256", "S512", None, ""])
@pytest.mark.parametrize("require", [True, False])
def test_rfc_7636_4_3_only_s256(method: str | None, require: bool) -> None:
    """RFC 7636 4.3, AC-013: a challenge without a method would mean plain, which nobody may use."""
    client = make_client(require_pkce=require)
    assert failed(client, code_challenge_method=method).error == "invalid_request"


def test_a_method_without_a_challenge() -> None:
    """A downgrade in disguise is refused, not ignored."""
    failure = failed(make_client(require_pkce=False), code_challenge=None, code_challenge_method="S256")
    assert failure.error == "invalid_request"


@pytest.mark.parametrize("challenge", [CHALLENGE[:-1], CHALLENGE + "x", CHALLENGE + "=", CHALLENGE[:-1] + "+",
                                       CHALLENGE + "\n", "", " " * 43, "é" * 43])  # fmt: skip
def test_rfc_7636_4_2_a_challenge_is_a_digest(challenge: str) -> None:
    """RFC 7636 4.2: 43 base64url characters, which is what SHA-256 gives."""
    assert failed(code_challenge=challenge).error == "invalid_request"


def test_oidc_3_1_2_1_nonce_is_optional_and_bounded() -> None:
    """OpenID Connect Core 3.1.2.1: the code flow works without; a long one is refused, never cut."""
    assert accepted(nonce=None).nonce is None
    assert accepted(nonce="n" * MAX_NONCE_CHARS).nonce == "n" * MAX_NONCE_CHARS
    assert failed(nonce="n" * (MAX_NONCE_CHARS + 1)).error == "invalid_request"


@pytest.mark.parametrize("prompt", ["none", "login", "consent", "select_account", "login consent", ""])
def test_oidc_3_1_2_1_prompts(prompt: str) -> None:
    """OpenID Connect Core 3.1.2.1: the four values, together where that makes sense."""
    assert accepted(prompt=prompt).prompt == frozenset(prompt.split())


@pytest.mark.parametrize("prompt", ["none login", "consent none", "create", "LOGIN", "login,consent"])
def test_oidc_3_1_2_1_bad_prompts(prompt: str) -> None:
    """OpenID Connect Core 3.1.2.1: none stands alone; unknown values are refused, not guessed at."""
    assert failed(prompt=prompt).error == "invalid_request"


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("1", 1), ("10000", 10_000), ("9999999999", 9_999_999_999)])
def test_oidc_3_1_2_1_max_age(text: str, seconds: int) -> None:
    """OpenID Connect Core 3.1.2.1: whole seconds, zero included."""
    assert accepted(max_age=text).max_age == seconds


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "soon", "٣", "²", " 1", "0x10", "1" * 11, "9" * 5000])
def test_oidc_3_1_2_1_a_bad_max_age(text: str) -> None:
    """Anything else is refused; a value that is not understood must not count as "any age"."""
    assert failed(max_age=text).error == "invalid_request"


def test_a_default_max_age() -> None:
    """OpenID Connect Registration 2: the client's own, unless the request names one."""
    client = make_client(default_max_age=300)
    assert accepted(client).max_age == 300
    assert accepted(client, max_age="60").max_age == 60


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1",
        "null",
        '{"userinfo": 1}',
        '{"id_token": {"name": 1}}',
        '{"userinfo": {"a": null, "a": null}}',
        "[" * 1000,
        '{"userinfo":' * 1000,
    ],
)
def test_oidc_5_5_a_malformed_claims_parameter(text: str) -> None:
    """OpenID Connect Core 5.5, AC-017: refused without an exception, however deep."""
    assert failed(claims=text).error == "invalid_request"


def test_oidc_5_5_the_claims_parameter() -> None:
    """OpenID Connect Core 5.5: read, and unknown names ignored."""
    claims = {"userinfo": {"email": {"essential": True}, "shoe_size": None}, "id_token": {"acr": {"essential": True}}}
    request = accepted(claims=json.dumps(claims))
    assert request.claims.userinfo["email"].essential
    assert request.essential_acr == ()


def test_oidc_3_1_2_2_a_sub_asked_for_by_value() -> None:
    """OpenID Connect Core 3.1.2.2: it binds as an id_token_hint does; a null or empty request for sub does not."""
    assert accepted(claims='{"id_token": {"sub": {"value": "abc"}}}').hinted_subject == "abc"
    for harmless in ('{"id_token": {"sub": null}}', '{"id_token": {"sub": {"essential": true}}}', "{}"):
        assert accepted(claims=harmless).hinted_subject is None


@pytest.mark.parametrize("value", ["7", "true", '["abc"]', '{"x": 1}'])
def test_oidc_3_1_2_2_a_sub_that_nobody_has(value: str) -> None:
    """A sub is a text; anything else can be nobody's."""
    assert failed(claims=f'{{"id_token": {{"sub": {{"value": {value}}}}}}}').error == "invalid_request"


def test_display_locale_and_unknown_parameters_do_no_harm() -> None:
    """RFC 6749 3.1, OpenID Connect Core 3.1.2.1: what is not understood is ignored."""
    request = accepted(display="popup", claims_locales="fr", shoe_size="44", ui_locales="fr-CA fr en", acr_values="a b")
    assert request.ui_locales == ("fr-CA", "fr", "en")
    assert request.acr_values == ("a", "b")


def test_hints_are_cut_to_size() -> None:
    """AC-018: a login hint and lists of locales are bounded, for pages show them."""
    request = accepted(login_hint="x" * 1000, ui_locales=" ".join(f"l{n}" for n in range(50)))
    assert request.login_hint == "x" * 256
    assert len(request.ui_locales) == 10
