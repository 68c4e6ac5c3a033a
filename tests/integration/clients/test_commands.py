"""`./wangov client` and `./wangov resource`: one document in, one document out, a plain line for every no."""

import json
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from idp.audit.models import AuditRow
from idp.clients import Client, ClientAuthentication, ClientRegistry, DatabaseLoader
from idp.web.extensions import db
from idp.web.services import Services
from tests.integration.clients.conftest import Answer, Run
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.integration

WEB: dict[str, Any] = {"client_name": "Permits", "redirect_uris": ["http://localhost:3000/cb"]}


def services(app: Flask) -> Services:
    """What running servers use."""
    held: Services = app.extensions["wangov"]
    return held


def created(wangov: Run, **members: Any) -> dict[str, Any]:
    """A new client's document."""
    answer = wangov("client", "create", "--json", document={**WEB, **members})
    assert answer.status == 0, answer
    document: dict[str, Any] = answer.document
    return document


def refused(answer: Answer) -> str:
    """The error of a command that must fail: one document, nothing on standard error."""
    assert answer.status == 1, answer
    assert answer.err == ""
    assert set(answer.document) == {"error", "error_description"}
    error: str = answer.document["error"]
    return error


def test_create_answers_with_a_client_information_response(wangov: Run) -> None:
    """RFC 7591 section 3.2.1, on standard output alone."""
    answer = wangov("client", "create", "--json", document=WEB)
    assert (answer.status, answer.err) == (0, "")
    document = answer.document
    assert document["client_id"]
    assert document["client_secret"].startswith("ws_")
    assert document["client_secret_expires_at"] == 0
    assert isinstance(document["client_id_issued_at"], int)
    assert document["redirect_uris"] == WEB["redirect_uris"]
    assert document["id_token_signed_response_alg"] == "RS256"


def test_a_client_taken_over_keeps_its_name_and_its_secret(wangov: Run, empty: Flask) -> None:
    """And running servers know it at once by both."""
    own = {"client_id": "permits", "client_secret": "chosen-elsewhere"}
    document = created(wangov, **own, token_endpoint_auth_method="client_secret_post")
    assert own.items() <= document.items()
    with empty.app_context():
        loader = DatabaseLoader(db.engine)
    running = services(empty).ephemeral
    registry = ClientRegistry(loader, running, monotonic=lambda: 0.0)
    assert isinstance(ClientAuthentication(registry, running).authenticate(None, own), Client)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({**WEB, "redirect_uris": ["https://*.gov.example/cb"]}, "invalid_redirect_uri"),
        ({**WEB, "grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({**WEB, "client_secret": "short"}, "invalid_client_metadata"),
        ({**WEB, "client_secret": 12345678901}, "invalid_client_metadata"),
        ({**WEB, "client_id": ["permits"]}, "invalid_client_metadata"),
        ({**WEB, "client_id": "taken"}, "invalid_client_metadata"),
        ([], "invalid_request"),
        ("text", "invalid_request"),
        (None, "invalid_request"),
    ],
)
def test_a_refused_client_is_one_document_and_leaves_nothing(
    wangov: Run, empty: Flask, document: object, error: str
) -> None:
    """The registered error, exit status 1, and no row more than before."""
    created(wangov, client_id="taken")
    assert refused(wangov("client", "create", "--json", document=document)) == error
    assert [entry["client_id"] for entry in wangov("client", "list", "--json").document] == ["taken"]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000, b" " * 1_000_001, b"{} trailing"]
)
def test_what_is_no_document_is_refused(wangov: Run, raw: bytes) -> None:
    """Empty, broken, too deep, too long: one plain answer, no traceback."""
    assert refused(wangov("client", "create", "--json", raw=raw)) == "invalid_request"


def test_without_json_people_get_lines_and_errors_on_standard_error(wangov: Run) -> None:
    """The secret stands on a line of its own; a refusal says which member and why."""
    answer = wangov("client", "create", document=WEB)
    assert answer.status == 0
    assert any(line.startswith("client_secret: ws_") for line in answer.out.splitlines())
    failed = wangov("client", "create", document={})
    assert (failed.status, failed.out) == (1, "")
    assert failed.err == "invalid_redirect_uri: redirect_uris: the code flow needs at least one\n"


def test_show_and_list_have_no_secret(wangov: Run) -> None:
    """A list is an array of what `show` says."""
    document = created(wangov, client_id="permits")
    shown = wangov("client", "show", "permits", "--json").document
    assert "client_secret" not in shown
    assert shown == {name: value for name, value in document.items() if not name.startswith("client_secret")}
    assert wangov("client", "list", "--json").document == [shown]
    assert "permits  enabled  Permits" in wangov("client", "list").out


def test_an_update_takes_an_edited_answer(wangov: Run) -> None:
    """What `show` printed can be changed and sent back; members that are no metadata are ignored."""
    created(wangov, client_id="permits")
    shown = wangov("client", "show", "permits", "--json").document
    answer = wangov("client", "update", "permits", "--json", document={**shown, "client_name": "New name"})
    assert answer.status == 0
    assert answer.document == {**shown, "client_name": "New name"}
    assert refused(wangov("client", "update", "permits", "--json", document={"client_id": "other"}))
    assert refused(wangov("client", "update", "permits", "--json", document={"redirect_uris": []})) == (
        "invalid_redirect_uri"
    )


def test_running_servers_see_every_change_within_a_second(wangov: Run, empty: Flask) -> None:
    """Disabled, enabled, another secret: the registry of a running process follows (AC-133)."""
    moment = [100.0]
    running = services(empty).ephemeral
    with empty.app_context():
        loader = DatabaseLoader(db.engine)
    authentication = ClientAuthentication(ClientRegistry(loader, running, monotonic=lambda: moment[0]), running)
    secret = created(wangov, client_id="permits")["client_secret"]
    form = {"client_id": "permits", "client_secret": secret}
    wangov("client", "update", "permits", document={"token_endpoint_auth_method": "client_secret_post"})

    def accepted() -> bool:
        moment[0] += 1.0
        return isinstance(authentication.authenticate(None, form), Client)

    assert accepted()
    assert wangov("client", "disable", "permits", "--json").document["enabled"] is False
    assert not accepted()
    assert wangov("client", "enable", "permits", "--json").document["enabled"] is True
    assert accepted()
    new = wangov("client", "rotate-secret", "permits", "--json").document["client_secret"]
    assert not accepted()
    form["client_secret"] = new
    assert accepted()


@pytest.mark.parametrize("command", ["show", "update", "disable", "enable", "rotate-secret"])
def test_an_unknown_client_is_said_so(wangov: Run, command: str) -> None:
    """By the same code everywhere."""
    assert refused(wangov("client", command, "nobody", "--json", document={})) == "client.unknown"


def test_an_algorithm_asked_for_first_gets_its_key(wangov: Run, empty: Flask) -> None:
    """A client that wants EdDSA can be served as soon as it is registered."""
    assert {entry["algorithm"] for entry in wangov("keys", "list", "--json").document} == {"RS256", "ES256"}
    created(wangov, id_token_signed_response_alg="EdDSA")
    states = {entry["algorithm"]: entry["state"] for entry in wangov("keys", "list", "--json").document}
    assert states["EdDSA"] == "active"
    assert refused(wangov("client", "create", "--json", document={**WEB, "id_token_signed_response_alg": "none"}))
    assert len(wangov("keys", "list", "--json").document) == 3


def test_a_resource_server_is_registered_listed_and_replaced(wangov: Run, empty: Flask) -> None:
    """And running servers know its audience."""
    created(wangov, client_id="gateway")
    document = {"audience": "https://api.example", "scopes": ["read", "write"], "client_ids": ["gateway"]}
    answer = wangov("resource", "create", "--json", document=document)
    assert answer.status == 0
    assert answer.document == {**document, "name": "https://api.example", "created": True}
    assert wangov("resource", "create", "--json", document=document).document["created"] is False
    (listed,) = wangov("resource", "list", "--json").document
    assert listed == {**document, "name": "https://api.example"}
    assert refused(wangov("resource", "create", "--json", document={"audience": "api"})) == "invalid_client_metadata"
    assert wangov("resource", "list").out == "https://api.example  read write\n"


def test_each_change_is_audited_as_the_operators(wangov: Run, empty: Flask) -> None:
    """In the transaction of the change; what was refused leaves no row."""
    created(wangov, client_id="permits")
    wangov("client", "disable", "permits")
    wangov("client", "create", document={})
    with empty.app_context():
        rows = db.session.scalars(select(AuditRow).where(AuditRow.client_id == "permits").order_by(AuditRow.at)).all()
        assert [(row.event, row.actor) for row in rows] == [
            ("client.created", "operator"),
            ("client.disabled", "operator"),
        ]


def test_without_keys_a_client_cannot_be_made_and_the_way_on_is_named(bare: Run) -> None:
    """Nothing is stored, and the message says which command to run."""
    answer = bare("client", "create", document=WEB)
    assert answer.status == 1
    assert "./wangov keys init" in answer.err
    assert bare("client", "list", "--json").document == []


def test_an_outage_is_a_plain_line(stack: Stack) -> None:
    """No database: exit status 1, one document, no traceback and no address in it."""
    settings = stack.settings(
        database_url="postgresql://nobody:word@127.0.0.1:1/none", issuer="http://localhost:8000", redis_prefix="x"
    )
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "client", "list", "--json"],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert set(json.loads(done.stdout)) == {"error", "error_description"}
    assert "Traceback" not in done.stderr
    assert "word" not in done.stdout + done.stderr


def test_a_misspelt_member_is_named_and_ignored(wangov: Run) -> None:
    """RFC 7591 2 has unknown members ignored; a typing error must not pass in silence all the same."""
    document = {"redirect_uris": ["https://a.example/cb"], "post_logout_redirect_uri": "https://a.example/out"}
    answer = wangov("client", "create", "--json", document=document)
    assert answer.status == 0
    assert "post_logout_redirect_uri" not in answer.document
    assert "did you mean post_logout_redirect_uris?" in answer.err
    again = wangov("client", "update", answer.document["client_id"], "--json", document=answer.document)
    assert (again.status, again.err) == (0, "")
