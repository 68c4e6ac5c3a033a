"""`./wangov audit show`: what was audited of one request, for whoever must explain a refusal."""

import pytest
from flask import Flask

from idp.audit import AuditEvent, Event, Trail
from idp.telemetry import request_id
from idp.web.extensions import db
from tests.integration.clients.conftest import Run

pytestmark = pytest.mark.integration


@pytest.fixture
def request_name(empty: Flask) -> str:
    """A request of which something was audited, beside another one."""
    services = empty.extensions["wangov"]
    with empty.app_context():
        for reason in ("client.unknown", "client.credentials"):
            name = str(services.entropy.identifier())
            token = request_id.set(name)
            event = AuditEvent(Event.CLIENT_AUTHENTICATION_FAILED, client_id="permits", body={"refused": reason})
            Trail(db.session, services.clock, services.entropy).append(event)
            request_id.reset(token)
        db.session.commit()
    return name


def test_rows_of_one_request_are_shown(wangov: Run, request_name: str) -> None:
    """The event, the client and the reason, and nothing of other requests."""
    (entry,) = wangov("audit", "show", request_name, "--json").document
    assert (entry["event"], entry["client"]) == ("client.authentication_failed", "permits")
    assert entry["details"] == {"refused": "client.credentials"}
    line = wangov("audit", "show", request_name).out
    assert "client.credentials" in line
    assert "client.unknown" not in line


@pytest.mark.parametrize("name", ["", "x", "-", "0" * 32, "7c703e0fc64c40eab498a58981ad6d75", "1' or '1'='1"])
def test_what_is_no_request_id_is_refused(wangov: Run, name: str) -> None:
    """A typing error is told apart from a request of which nothing was audited."""
    answer = wangov("audit", "show", "--json", "--", name)
    assert answer.status == 1
    assert answer.document["error"] == "audit.request"


def test_a_request_without_rows_is_said_so(wangov: Run, empty: Flask) -> None:
    """Most refusals of malformed requests leave no row; that is no error."""
    name = str(empty.extensions["wangov"].entropy.identifier())
    assert wangov("audit", "show", name, "--json").document == []
    assert "Nothing was audited" in wangov("audit", "show", name).out
