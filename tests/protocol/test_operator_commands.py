"""`./wangov` as other programs call it: JSON in, one JSON document out, errors that can be told apart."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.protocol.driver import RelyingParty
from tests.protocol.provider import PASSWORD, Provider
from tests.stack import ROOT

WANGOV = str(ROOT / "wangov")


def wangov(provider: Provider, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """The launcher itself, with this provider's settings."""
    environment = {**provider.live.environment, "PATH": os.environ["PATH"]}
    return subprocess.run(
        [WANGOV, *arguments],
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )


def test_launcher_registers_a_client_from_standard_input(provider: Provider) -> None:
    """RFC 7591 3.2.1: names in, client information response out, on one line of standard output; from any folder."""
    document = {
        "client_name": "Launched",
        "redirect_uris": ["https://launched.example/cb"],
        "initiate_login_uri": "https://launched.example/start",
        "unknown_member": 1,
    }
    done = wangov(provider, "client", "create", "--json", text=json.dumps(document))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["client_name"] == "Launched"
    assert answer["redirect_uris"] == ["https://launched.example/cb"]
    assert answer["initiate_login_uri"] == "https://launched.example/start"
    assert answer["client_secret_expires_at"] == 0
    assert len(answer["client_secret"]) >= 43
    assert answer["client_id_issued_at"] > 1_700_000_000
    assert answer["token_endpoint_auth_method"] == "client_secret_basic"
    assert answer["require_pkce"] is True
    assert answer["response_modes"] == ["query", "form_post"]
    assert answer["claims_in_id_token"] is False
    assert answer["id_token_signed_response_alg"] == "RS256"
    assert answer["access_token_signing_alg"] == "ES256"
    assert "unknown_member" not in answer


def test_launcher_tells_errors_apart(provider: Provider) -> None:
    """With --json an error document and status 1; without it one plain line on standard error."""
    bad = json.dumps({"redirect_uris": ["https://*.example/cb"]})
    as_json = wangov(provider, "client", "create", "--json", text=bad)
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["error"] == "invalid_redirect_uri"
    plain = wangov(provider, "client", "create", text=bad)
    assert plain.returncode == 1
    assert plain.stdout == ""
    assert len(plain.stderr.strip().splitlines()) == 1
    assert "Traceback" not in plain.stderr


def test_launcher_enrols_a_person(provider: Provider) -> None:
    """Subscriber create: an id of ours, the user name, and the code generator's secret only when asked for."""
    document = {"username": "launched", "password": PASSWORD, "totp": True, "given_name": "L"}
    done = wangov(provider, "subscriber", "create", "--json", text=json.dumps(document))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"id", "username", "totp_secret", "totp_uri"}
    assert answer["totp_uri"].startswith("otpauth://totp/")
    assert PASSWORD not in done.stdout + done.stderr


def test_given_identifier_and_secret_are_taken_over(provider: Provider) -> None:
    """A client that moves here keeps its client_id and client_secret."""
    given = {
        "client_id": "moved-here",
        "client_secret": "kept-secret-0123456789-0123456789",
        "grant_types": ["client_credentials"],
    }
    answer = provider.operate("client", "create", document=given)
    assert answer["client_id"] == "moved-here"
    party = RelyingParty(provider.issuer, {**answer, **given}, provider.discovery)
    assert party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200
    assert provider.refused("client", "create", document=given)["error"] == "invalid_client_metadata"


def test_list_and_show_never_print_a_secret(provider: Provider, tax: RelyingParty) -> None:
    """A secret is shown once, when it is made."""
    shown = provider.operate("client", "show", tax.client_id)
    assert shown["client_id"] == tax.client_id
    listed = provider.operate("client", "list")
    assert any(one["client_id"] == tax.client_id for one in listed)
    assert '"client_secret"' not in json.dumps([shown, listed])
    assert str(tax.secret) not in json.dumps([shown, listed])
    assert "error" in provider.refused("client", "show", "nobody")


def test_keys_are_listed_without_private_parts(provider: Provider) -> None:
    """Keys list: kid, algorithm and state of each."""
    listed = provider.operate("keys", "list")
    assert {"RS256", "ES256"} <= {key["algorithm"] for key in listed if key["state"] == "active"}
    assert not any('"d"' in json.dumps(key) for key in listed)


def test_resources_are_listed(provider: Provider, guardian: RelyingParty) -> None:
    """Resource list: audience, scopes and who may introspect."""
    listed = provider.operate("resource", "list")
    assert any(guardian.client_id in one["client_ids"] for one in listed)


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.gov.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [".*"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/cb#part"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://a.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://user@a.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/../cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/cb?code=1"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://a.example/cb"}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/" + "a" * 3000]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://a.example/{n}" for n in range(60)]}, "invalid_redirect_uri"),
        ({"post_logout_redirect_uris": ["http://a.example/out"]}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"response_types": ["code id_token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none", "client_secret": "given-secret-0123456789"}, "invalid_client_metadata"),
        ({"client_secret": "short"}, "invalid_client_metadata"),
        ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://a.example/start"}, "invalid_client_metadata"),
        ({"min_acr": "nid:9"}, "invalid_client_metadata"),
        ({"default_max_age": -1}, "invalid_client_metadata"),
        ({"resources": ["not-a-uri"]}, "invalid_client_metadata"),
        ({"scope": "openid  email"}, "invalid_client_metadata"),
        ({"client_name": "evil\u202ename"}, "invalid_client_metadata"),
        ({"require_pkce": "no"}, "invalid_client_metadata"),
    ],
)
def test_registration_refuses_what_is_unsafe(provider: Provider, metadata: dict[str, Any], error: str) -> None:
    """AC-005, AC-008, RFC 7591 3.2.2 (oidcc-redirect-uri-regfrag, -3rd_party-init-login-nohttps): no row made."""
    before = provider.query("select count(*) as n from client")
    document = {"redirect_uris": ["https://a.example/cb"], **metadata}
    refusal = provider.refused("client", "create", document=document)
    assert refusal["error"] == error
    assert provider.query("select count(*) as n from client") == before


def test_update_is_checked_as_a_whole(provider: Provider) -> None:
    """AC-057: no way in two steps: a harmless client cannot be changed into a forbidden one."""
    party = provider.register()
    forbidden: list[dict[str, Any]] = [
        {"token_endpoint_auth_method": "none", "require_pkce": False},
        {"redirect_uris": ["http://evil.example/"]},
        {"redirect_uris": []},
        {"grant_types": ["refresh_token"]},
    ]
    for changes in forbidden:
        assert "error" in provider.refused("client", "update", party.client_id, document=changes)
    assert provider.operate("client", "show", party.client_id)["redirect_uris"] == party.registered["redirect_uris"]


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"username": "somebody-new"},
        {"username": "somebody-new", "password": "password"},
        {"username": "somebody-new", "password": "12345678"},
        {"username": "somebody-new", "password": "somebody-new-1"},
        {"username": "somebody-new", "password": "wangov-id-123"},
        {"username": "somebody-new", "password": "short"},
        {"username": "somebody-new", "password": PASSWORD, "ial": 4},
        {"username": "somebody-new", "password": PASSWORD, "totp": "yes"},
        {"username": "somebody-new", "password": PASSWORD, "birthdate": "yesterday"},
        {"username": "somebody-new", "password": PASSWORD, "email_verified": "true"},
        {"username": "somebody-new", "password": PASSWORD, "shoe_size": 42},
        {"username": "AMARA", "password": PASSWORD},
        {"username": "x" * 5000, "password": PASSWORD},
        {"username": 7, "password": PASSWORD},
    ],
)
def test_enrolment_refuses_what_is_wrong(provider: Provider, resident: object, person: dict[str, Any]) -> None:
    """AC-065, AC-084, AC-130: weak passwords, wrong types, unknown members and taken names; nothing is left behind."""
    before = provider.query(
        "select (select count(*) from subscriber) as people, (select count(*) from audit_event) as rows"
    )
    assert "error" in provider.refused("subscriber", "create", document=person)
    assert (
        provider.query("select (select count(*) from subscriber) as people, (select count(*) from audit_event) as rows")
        == before
    )


@pytest.mark.parametrize("text", ["", "x", "[]", "1", "null", '{"a": 1', "{" * 5000, "\x00"])
def test_document_that_is_no_object_is_refused(provider: Provider, text: str) -> None:
    """Bad input on standard input is one error document, never a traceback."""
    code, answer = provider.console.run("client", "create", text=text)
    assert code == 1
    assert "error" in answer
