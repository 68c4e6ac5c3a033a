"""RFC 6749 sections 2.3, 3.2 and 5.2: who calls the token endpoint, and which requests it reads at all."""

import base64
from urllib.parse import quote_plus

import pytest
import requests

from tests.protocol.driver import RelyingParty, basic
from tests.protocol.expectations import refused, soon
from tests.protocol.provider import Provider

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}
SPECIAL = "p%2F+q:r&s=t u/v~w{x}"


@pytest.mark.parametrize("which", ["tax", "clinic"])
def test_wrong_secret_is_unauthorized(request: pytest.FixtureRequest, which: str) -> None:
    """5.2: 401 invalid_client with a challenge for the scheme."""
    party: RelyingParty = request.getfixturevalue(which)
    wrong = RelyingParty(
        party.issuer, {**party.registered, "client_secret": "wrong-secret-of-somebody"}, party.discovery
    )
    answer = wrong.post("token_endpoint", CLIENT_CREDENTIALS)
    refused(answer, "invalid_client", 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_unknown_client_and_wrong_secret_look_the_same(provider: Provider, tax: RelyingParty) -> None:
    """AC-063 for clients: nothing in the answer tells whether a client_id exists; the failure is audited."""
    answers = [
        tax.post("token_endpoint", CLIENT_CREDENTIALS, proven=False, headers={"Authorization": basic(name, "w" * 30)})
        for name in (tax.client_id, "nobody-at-all")
    ]
    assert refused(answers[0], "invalid_client", 401) == refused(answers[1], "invalid_client", 401)
    volatile = {"Date", "X-Request-Id"}
    first, second = ({k: v for k, v in answer.headers.items() if k not in volatile} for answer in answers)
    assert first == second
    assert provider.events("client.authentication_failed", client_id="nobody-at-all")


def test_method_is_fixed_by_registration(tax: RelyingParty, clinic: RelyingParty, app: RelyingParty) -> None:
    """AC-035: the right secret by another method, or a secret with a public client, is 401 invalid_client."""
    in_body = {
        "client_id": tax.client_id,
        "client_secret": tax.secret,
        "grant_type": "refresh_token",
        "refresh_token": "x",
    }
    refused(tax.post("token_endpoint", in_body, proven=False), "invalid_client", 401)
    header = {"Authorization": basic(clinic.client_id, clinic.secret or "")}
    refused(
        clinic.post("token_endpoint", {"grant_type": "refresh_token"}, proven=False, headers=header),
        "invalid_client",
        401,
    )
    refused(
        tax.post("token_endpoint", {"client_id": tax.client_id, "grant_type": "refresh_token"}, proven=False),
        "invalid_client",
        401,
    )
    with_secret = {
        "client_id": app.client_id,
        "client_secret": "any-secret-will-do-here",
        "grant_type": "refresh_token",
    }
    refused(app.post("token_endpoint", with_secret, proven=False), "invalid_client", 401)


def test_two_methods_in_one_request_are_invalid(tax: RelyingParty) -> None:
    """AC-034, 2.3: a client must not use more than one method per request."""
    refused(tax.post("token_endpoint", {**CLIENT_CREDENTIALS, "client_secret": tax.secret}), "invalid_request")
    refused(tax.post("token_endpoint", {**CLIENT_CREDENTIALS, "client_id": "somebody-else"}), "invalid_request")
    forged = {
        **CLIENT_CREDENTIALS,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "eyJhbGciOiJub25lIn0.e30.",
    }
    refused(tax.post("token_endpoint", forged), "invalid_request")


def test_unsigned_assertion_alone_proves_nothing(tax: RelyingParty) -> None:
    """AC-035: a client assertion of a client registered for a secret is 401."""
    forged = {
        **CLIENT_CREDENTIALS,
        "client_id": tax.client_id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "eyJhbGciOiJub25lIn0.e30.",
    }
    refused(tax.post("token_endpoint", forged, proven=False), "invalid_client", 401)


@pytest.mark.parametrize("name", ["client_secret", "code", "refresh_token", "token", "client_assertion"])
def test_secrets_in_the_query_are_refused(clinic: RelyingParty, name: str) -> None:
    """AC-033, 2.3.1: credentials must not be in the request URI, even beside a good body."""
    answer = clinic.post("token_endpoint", CLIENT_CREDENTIALS, params={name: clinic.secret})
    refused(answer, "invalid_request")


def test_secret_in_the_query_is_not_logged(provider: Provider, clinic: RelyingParty) -> None:
    """AC-033: a secret that came in the query does not stand in the server's log."""
    marker = "query-secret-4711-must-not-be-logged"
    clinic.post("token_endpoint", CLIENT_CREDENTIALS, params={"client_secret": marker})
    assert marker not in provider.live.log


def test_secret_with_special_characters_is_form_encoded(provider: Provider) -> None:
    """2.3.1: id and secret are form-encoded inside Basic; clients that send them as they are are understood too."""
    party = provider.register(client_secret=SPECIAL, grant_types=["client_credentials"], redirect_uris=[],
                              post_logout_redirect_uris=[])  # fmt: skip
    assert party.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 200
    raw = "Basic " + base64.b64encode(f"{party.client_id}:{SPECIAL}".encode()).decode()
    plain = party.post("token_endpoint", CLIENT_CREDENTIALS, proven=False, headers={"Authorization": raw})
    assert plain.status_code == 200
    other = "Basic " + base64.b64encode(f"{party.client_id}:{quote_plus(SPECIAL)}x".encode()).decode()
    refused(
        party.post("token_endpoint", CLIENT_CREDENTIALS, proven=False, headers={"Authorization": other}),
        "invalid_client",
        401,
    )


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic Zm9v",
        "Basic OnNlY3JldA==",
        "Basic " + "QUFB" * 5000,
        "Bearer x",
        "Digest y",
        "\u00e9",
    ],
    ids=["bare", "empty", "no-base64", "no-colon", "no-client", "huge", "bearer", "digest", "latin"],
)
def test_broken_authorization_header_is_unauthorized(tax: RelyingParty, header: str) -> None:
    """2.3.1: whatever is no well-formed Basic header authenticates nobody, and breaks nothing."""
    answer = tax.post(
        "token_endpoint", CLIENT_CREDENTIALS, proven=False, headers={"Authorization": header.encode("latin-1")}
    )
    assert answer.status_code in {401, 413, 400, 431}, answer.text
    assert "access_token" not in answer.text


def test_guessing_a_secret_is_slowed_down_and_locks_nobody_out(provider: Provider, tax: RelyingParty) -> None:
    """AC-038: after the limit 429 with Retry-After; the right secret and other clients go on."""
    party = provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])
    wrong = RelyingParty(party.issuer, {**party.registered, "client_secret": "w" * 43}, party.discovery)
    answers = [wrong.post("token_endpoint", CLIENT_CREDENTIALS) for _ in range(30)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert party.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 200
    refused(tax.post("token_endpoint", CLIENT_CREDENTIALS), "unauthorized_client")


def test_disabled_client_gets_nothing(provider: Provider) -> None:
    """AC-133: tokens stop within a second after the operator disabled the client, at every worker."""
    party = provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])
    token = party.post("token_endpoint", CLIENT_CREDENTIALS).json()["access_token"]
    provider.operate("client", "disable", party.client_id)
    soon(lambda: party.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 401)
    refused(party.post("token_endpoint", CLIENT_CREDENTIALS), "invalid_client", 401)
    refused(party.post("introspection_endpoint", {"token": token}), "invalid_client", 401)
    provider.operate("client", "enable", party.client_id)
    soon(lambda: party.post("introspection_endpoint", {"token": token}).status_code == 200)
    assert party.introspect(token)["active"] is True


def test_rotated_secret_replaces_the_old_one(provider: Provider) -> None:
    """After rotate-secret the old secret is refused and the new one works."""
    party = provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])
    fresh = provider.operate("client", "rotate-secret", party.client_id)
    soon(lambda: party.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 401)
    refused(party.post("token_endpoint", CLIENT_CREDENTIALS), "invalid_client", 401)
    renewed = RelyingParty(party.issuer, fresh, party.discovery)
    assert renewed.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONSX"])
def test_only_post_is_served(tax: RelyingParty, method: str) -> None:
    """AC-131, 3.2: the client must use POST."""
    answer = tax.http.request(method, tax.discovery["token_endpoint"], timeout=10)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id"])
def test_repeated_parameter_is_refused(machine: RelyingParty, name: str) -> None:
    """3.2: parameters must not be included more than once."""
    body = f"grant_type=client_credentials&scope=records.read&client_id={machine.client_id}"
    value = dict(pair.split("=") for pair in body.split("&"))[name]
    answer = _raw(machine, f"{body}&{name}={value}")
    refused(answer, "invalid_request")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"grant_type": "client_credentials"}', "application/json"),
        ("grant_type=client_credentials", "text/plain"),
        ("grant_type=client_credentials", "multipart/form-data; boundary=x"),
        ("grant_type=client_credentials&scope=%ff%fe", "application/x-www-form-urlencoded"),
        ("grant_type=client_credentials&scope=a%00b", "application/x-www-form-urlencoded"),
        (
            "grant_type=client_credentials&" + "&".join(f"p{n}=1" for n in range(100)),
            "application/x-www-form-urlencoded",
        ),
        ("grant_type=client_credentials&x=\u00e9", "application/x-www-form-urlencoded"),
    ],
    ids=["json", "text", "multipart", "no-utf8", "nul", "many-fields", "raw-utf8"],
)
def test_body_that_is_no_plain_form_is_refused(machine: RelyingParty, body: str, kind: str) -> None:
    """3.2, appendix B: UTF-8 form encoding or invalid_request, never a 500."""
    refused(_raw(machine, body, kind), "invalid_request")


def test_empty_values_count_as_absent(machine: RelyingParty) -> None:
    """3.2: parameters sent without a value are treated as if they were omitted."""
    form = {**CLIENT_CREDENTIALS, "scope": "", "resource": "", "client_secret": ""}
    assert machine.post("token_endpoint", form).status_code == 200


def test_content_type_may_carry_a_charset(machine: RelyingParty) -> None:
    """Appendix B: the usual charset parameter does not make a form another kind of body."""
    answer = _raw(machine, "grant_type=client_credentials", "application/x-www-form-urlencoded; charset=UTF-8")
    assert answer.status_code == 200


def _raw(party: RelyingParty, body: str, kind: str = "application/x-www-form-urlencoded") -> requests.Response:
    headers = {"Content-Type": kind, "Authorization": basic(party.client_id, party.secret or "")}
    return party.http.post(party.discovery["token_endpoint"], data=body.encode(), headers=headers, timeout=10)
