"""The OpenAPI document is true: every machine endpoint, the answers that there are, the parameters that count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask

from idp.subscribers.claims import STANDARD_CLAIMS
from tests.architecture.application import GOLDEN, built
from tests.fuzz.described import documented, machinery, operations, resolved
from tests.fuzz.provocations import ANSWERED, WITHOUT_STORES, Key, ask
from tests.fuzz.shots import FORM
from tests.fuzz.world import CHALLENGE, LEDGER, RECORDS, World

BROWSER_PATHS = {"/oauth/authorize", "/oauth/logout"}
# Registered at IANA for requests of these kinds, or widespread; those that the document does not name change nothing.
FOREIGN_NAMES = (
    "audience", "subject_token", "actor_token", "requested_token_type", "assertion", "device_code", "auth_req_id",
    "username", "password", "dpop_jkt", "authorization_details", "user_code", "nonce", "state", "response_type",
    "request", "request_uri", "registration", "claims_token", "ticket", "rpt", "user_hint", "logout_hint", "trace",
)  # fmt: skip


def _schema(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of an operation's form."""
    body = resolved(operation.get("requestBody", {"content": {FORM: {"schema": {}}}}))
    schema = resolved(body["content"][FORM]["schema"])
    yield from (resolved(one) for one in schema.get("oneOf", [schema]))


def _names(operation: dict[str, Any]) -> set[str]:
    """The parameters of an operation, wherever they stand."""
    query = {resolved(one)["name"] for one in operation.get("parameters", ()) if resolved(one)["in"] == "query"}
    return query | {name for schema in _schema(operation) for name in schema.get("properties", ())}


def _errors(response: dict[str, Any]) -> list[str]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return next((part["properties"]["error"]["enum"] for part in schema.get("allOf", ()) if "properties" in part), [""])


def _described_answers() -> set[Key]:
    return {
        (f"{method} {path}", int(status), error)
        for method, path, operation in operations()
        for status, response in operation["responses"].items()
        for error in _errors(resolved(response))
    }


@pytest.fixture(scope="module")
def storeless() -> Iterator[Flask]:
    """The application with no store to reach."""
    with built() as application:
        yield application


def test_document_is_well_formed() -> None:
    """OpenAPI 3.1 as its own schema has it."""
    schemathesis.openapi.from_dict(documented()).validate()
    assert documented()["openapi"].startswith("3.1.")


def test_every_machine_route_is_described_with_its_methods() -> None:
    """Routes and methods are those of the golden table; nothing else is described but what browsers are sent to."""
    routes = [line.split() for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    real = {
        (path, method)
        for path, methods, kind, *_ in routes
        for method in methods.split(",")
        if kind == "protocol:" or path in BROWSER_PATHS
    }
    assert {(path, method) for method, path, _ in operations()} == real


def test_every_operation_says_what_it_is() -> None:
    """A summary, a description, a name of its own."""
    every = [operation for _, _, operation in operations()]
    assert all(operation["summary"] and operation["description"] and operation["tags"] for operation in every)
    names = [operation["operationId"] for operation in every]
    assert len(set(names)) == len(names)


def test_described_answers_are_those_that_are_provoked() -> None:
    """Each described status and error has a request that brings it about, and the other way round."""
    assert _described_answers() == ANSWERED.keys() | WITHOUT_STORES.keys()


@pytest.mark.parametrize("key", ANSWERED, ids=lambda key: " ".join(map(str, key)))
def test_described_answer_is_given(world: World, key: Key) -> None:
    """The status and the registered error that the document promises, in the form that it describes."""
    _, status, error = key
    answer = ANSWERED[key](world)
    assert answer.status_code == status, answer.text
    assert not error or answer.json()["error"] == error
    if answer.content and "X-Request-Id" in answer.headers:
        machinery()[key[0]].validate_response(answer)


@pytest.mark.parametrize(
    "label", [f"{method} {path}" for method, path, _ in operations() if path not in BROWSER_PATHS and method != "HEAD"]
)
def test_every_member_of_a_good_answer_is_described(world: World, label: str) -> None:
    """No member comes that the document does not name, and a person's claims are all named."""
    method, _, path = label.partition(" ")
    responses = documented()["paths"][path][method.lower()]["responses"]
    for content in responses["200"].get("content", {}).values():
        members = ANSWERED[label, 200, ""](world).json().keys()
        described = resolved(content["schema"])["properties"].keys()
        assert members
        assert members <= described
        assert path != "/oauth/userinfo" or set(STANDARD_CLAIMS) <= described


@pytest.mark.parametrize("key", WITHOUT_STORES, ids=lambda key: " ".join(map(str, key)))
def test_described_answer_is_given_without_stores(storeless: Flask, key: Key) -> None:
    """503 with Retry-After; sizes are judged before anything is looked up."""
    operation, status, error = key
    method, _, path = operation.partition(" ")
    answer = storeless.test_client().open(path, method=method, **{"content_type": FORM, **WITHOUT_STORES[key]})
    assert answer.status_code == status, answer.text
    assert not error or json.loads(answer.data)["error"] == error
    assert status != 503 or answer.headers["Retry-After"].isdigit()


# Operation and parameter -> two requests (fields, client) that differ in it alone, and are answered differently.
_CC = {"grant_type": "client_credentials"}
_CODE = {"grant_type": "authorization_code", "code": "x"}
_REFRESH = {"grant_type": "refresh_token", "refresh_token": "x"}
PAIRS: dict[tuple[str, str], tuple[dict[str, str], str, str, str]] = {
    ("token", "grant_type"): (_CC, "machine", "client_credentials", "x"),
    ("token", "code"): (_CODE, "tax", "", "x"),
    ("token", "code_verifier"): (_CODE, "tax", "v" * 43, "short"),
    ("token", "refresh_token"): (_REFRESH, "tax", "", "x"),
    ("token", "scope"): (_CC, "machine", "records.read", "x"),
    ("token", "resource"): (_CC, "machine", RECORDS, "urn:x"),
    ("token", "client_id"): (_CC, "machine", "", "x"),
    ("token", "client_secret"): (_CC, "machine", "", "x"),
    ("token", "client_assertion"): (_CC, "machine", "", "x"),
    ("token", "client_assertion_type"): (_CC, "machine", "", "x"),
    **{
        (name, field): ({"token": "x"}, "machine", "", "x")
        for name in ("introspect", "revoke")
        for field in ("client_id", "client_secret", "client_assertion", "client_assertion_type")
    },
    ("introspect", "token"): ({}, "machine", "", "x"),
    ("revoke", "token"): ({}, "machine", "", "x"),
}
# Named in the document as ignored, or judged by the store together with the grant: other tests spend real ones.
IGNORED = {("introspect", "token_type_hint"), ("revoke", "token_type_hint")}
WITH_A_GRANT = {("token", "redirect_uri")}


def _comparable(answer: Any) -> tuple[int, str]:
    document = answer.json() if answer.text else {}
    return answer.status_code, str(document.get("error", document.get("aud", "")))


def test_every_described_field_of_a_form_is_compared() -> None:
    """Nothing is described that no test looks at."""
    described = {
        (path.rpartition("/")[2], name)
        for method, path, operation in operations()
        if method == "POST" and path in {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}
        for name in _names(operation)
    }
    assert described == PAIRS.keys() | IGNORED | WITH_A_GRANT


@pytest.mark.parametrize("key", PAIRS, ids=" ".join)
def test_described_field_counts(world: World, key: tuple[str, str]) -> None:
    """Two requests that differ in this field alone are answered differently."""
    fields, party, one, other = PAIRS[key]
    answers = [
        _comparable(ask(world, f"POST /oauth/{key[0]}", {**fields, key[1]: value}, party=party))
        for value in (one, other)
    ]
    assert answers[0] != answers[1]


@pytest.mark.parametrize("key", sorted(IGNORED), ids=" ".join)
def test_ignored_field_is_ignored(world: World, key: tuple[str, str]) -> None:
    """What the document calls ignored changes nothing."""
    fields = {"token": world.machine_token if key[0] == "introspect" else "x"}
    answers = [
        ask(world, f"POST /oauth/{key[0]}", {**fields, key[1]: value}, party="machine").text for value in ("", "x")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("operation", "fields"),
    [("token", _CC), ("introspect", {"token": "x"}), ("revoke", {"token": "x"})],
    ids=["token", "introspect", "revoke"],
)
def test_undescribed_fields_change_nothing(world: World, operation: str, fields: dict[str, str]) -> None:
    """Parameters that the document does not name are ignored, all of them together too."""
    more = {**fields, **dict.fromkeys(FOREIGN_NAMES, "x")}
    plain, other = (
        _comparable(ask(world, f"POST /oauth/{operation}", sent, party="machine")) for sent in (fields, more)
    )
    assert plain == other


# Parameter of the authorization endpoint -> a value that is refused, and the error by which it is.
REFUSED = {
    "response_type": ("token", "unsupported_response_type"),
    "scope": ("admin", "invalid_scope"),
    "state": ("s" * 2049, "invalid_request"),
    "code_challenge": ("short", "invalid_request"),
    "code_challenge_method": ("plain", "invalid_request"),
    "nonce": ("n" * 513, "invalid_request"),
    "response_mode": ("fragment", "invalid_request"),
    "prompt": ("none login", "invalid_request"),
    "max_age": ("-1", "invalid_request"),
    "claims": ("{", "invalid_request"),
    "id_token_hint": ("x", "invalid_request"),
    "resource": (LEDGER, "invalid_target"),
    "request": ("x", "request_not_supported"),
    "request_uri": ("urn:x", "request_uri_not_supported"),
}
# A wrong one of these is answered by a page; those below change what the person sees, or nothing at all.
BY_A_PAGE = {"client_id", "redirect_uri"}
FOR_PAGES = {"acr_values", "login_hint", "ui_locales"}
ACCEPTED = {"claims_locales", "display"}


def test_parameters_of_the_authorization_endpoint_are_all_known() -> None:
    """The document names, for GET and for POST, just those that the tests below send."""
    known = REFUSED.keys() | BY_A_PAGE | FOR_PAGES | ACCEPTED
    for _, path, operation in operations():
        if path == "/oauth/authorize":
            assert _names(operation) == known


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", REFUSED)
def test_parameter_of_the_authorization_endpoint_counts(world: World, method: str, name: str) -> None:
    """A value that cannot be is refused at the redirect URI by the registered error."""
    value, error = REFUSED[name]
    answer = ask(world, f"{method} /oauth/authorize", world.tax.ask(**{name: value}).parameters)
    assert f"error={error}&" in answer.headers["Location"]


@pytest.mark.parametrize("name", sorted(BY_A_PAGE))
def test_client_and_redirect_uri_are_judged_on_a_page(world: World, name: str) -> None:
    """A wrong one sends nobody anywhere."""
    answer = ask(world, "GET /oauth/authorize", world.tax.ask(**{name: "x"}).parameters)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("name", sorted(ACCEPTED | FOR_PAGES))
def test_harmless_parameters_are_accepted(world: World, name: str) -> None:
    """Whatever they hold, the request goes on to the sign-in."""
    answer = ask(world, "GET /oauth/authorize", world.tax.ask(**{name: "x"}).parameters)
    assert answer.headers["Location"].startswith("/signin/")


@pytest.mark.parametrize(
    ("name", "value", "seen"), [("login_hint", "somebody", 'value="somebody"'), ("ui_locales", "fr", 'lang="fr"')]
)
def test_parameter_for_the_page_is_seen_there(world: World, name: str, value: str, seen: str) -> None:
    """A user name to begin with, and the language."""
    page: Any = world.provider.browser().open(world.tax.ask(**{name: value}).url)
    assert seen in page.text


def test_errors_at_the_redirect_uri_are_those_of_the_text(world: World) -> None:
    """The description of the authorization endpoint lists the errors that are sent, none of these missing."""
    text = documented()["paths"]["/oauth/authorize"]["get"]["description"]
    listed = set(re.findall(r"`([a-z_]+)`", text.partition("Errors:")[2]))
    assert {error for _, error in REFUSED.values()} <= listed
    assert (
        ask(world, "GET /oauth/authorize", world.tax.ask(prompt="none").parameters)
        .headers["Location"]
        .count("login_required")
    )
    assert listed - {error for _, error in REFUSED.values()} == {
        "access_denied",
        "consent_required",
        "login_required",
        "unauthorized_client",
        "unmet_authentication_requirements",
    }


def test_example_challenge_is_one(world: World) -> None:
    """The pattern of `code_challenge` fits what a client sends."""
    pattern = next(
        resolved(one)["schema"]["pattern"]
        for one in documented()["paths"]["/oauth/authorize"]["get"]["parameters"]
        if resolved(one)["name"] == "code_challenge"
    )
    assert re.search(pattern, CHALLENGE)
    assert re.search(pattern, world.tax.ask().get("code_challenge"))
