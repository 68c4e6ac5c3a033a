"""Who may call, and with what: a token of the client's own, small JSON, and nothing else."""

import json
import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from idp.audit.models import AuditRow
from idp.clients.models import ClientRow
from idp.web.extensions import db
from tests.factories.abis import System, record
from tests.protocol.expectations import soon
from tests.unit.enrollment.abis.test_messages import fits, published

pytestmark = pytest.mark.integration


def refused(system: System, token: str) -> tuple[int, str]:
    """How a token is refused."""
    system.token = token
    answer = system.send(system.request("ping"))
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.headers.get("WWW-Authenticate", "")


def test_only_a_live_token_of_the_clients_own_counts(system: System) -> None:
    """None, garbage, a damaged one, one without the scope, a revoked one, one of a client that is disabled."""
    good = system.token
    assert refused(system, "") == (401, 'Bearer realm="wangov"')
    assert refused(system, "x")[0] == refused(system, good[:-4] + "AAAA")[0] == 401
    assert refused(system, good) == (200, "")
    strange = System(system.site, system.share, scope="other")
    assert refused(strange, strange.new_token()) == (
        403,
        'Bearer realm="wangov", error="insufficient_scope", scope="abis"',
    )
    form = {"token": good}
    system.site.app.test_client().post("/oauth/revoke", data=form, auth=(system.client_id, system.secret))
    assert refused(system, good)[0] == 401
    fresh = system.new_token()
    assert refused(system, fresh)[0] == 200
    with system.site.app.app_context():
        db.session.execute(update(ClientRow).filter_by(client_id=system.client_id).values(state="disabled"))
        db.session.commit()
    system.site.services.ephemeral.advance("clients")
    soon(lambda: refused(system, fresh)[0] == 401)


def test_another_audience_is_not_ours(system: System) -> None:
    """A token for another service opens nothing here; one for this interface does."""
    issuer = system.site.services.options.issuer
    there = System(system.site, system.share, resources=["https://other.example/api", f"{issuer}/abis/v1"])
    assert refused(there, there.new_token(resource="https://other.example/api"))[0] == 401
    assert refused(there, there.new_token(resource=f"{issuer}/abis/v1"))[0] == 200


def test_body_is_bounded_before_it_is_read(system: System) -> None:
    """AC-132: too large, of another kind, no JSON, nested without end: each refused, nothing of it done."""
    assert system.post("", b"[" * 262_145).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert system.post("", b"id=mosip.abis.ping", **form).status_code == 415
    for content in (b"", b"{", b"\xff\xfe", b"[" * 200_000):
        answer = system.post("", content)
        assert answer.status_code == 400
        assert answer.get_json()["failureReason"] == "4"
    assert system.send(system.request("ping"), "/insert").get_json()["failureReason"] == "14"
    assert system.get("/jobs/nothing").status_code == 404
    assert system.ask("ping")["returnValue"] == "1"


def test_the_largest_gallery_is_taken_however_it_is_written(system: System) -> None:
    """A thousand names of sixty-four letters, indented; one more is another form."""
    system.insert("probe", 41)
    named = [{"referenceId": f"{number:064}"} for number in range(1001)]
    for listed, outcome in ((named[:1000], "1"), (named, "2")):
        document = system.request("identify", referenceId="probe", gallery={"referenceIds": listed})
        answer = system.post("", json.dumps(document, indent=4).encode())
        if answer.status_code == 202:
            system.work()
            answer = system.get(f"/jobs/{document['requestId']}")
        assert (answer.status_code, answer.get_json()["returnValue"]) == (200, outcome)


def test_answer_is_waited_for(system: System) -> None:
    """Who does not ask otherwise has the answer in the same exchange, when a worker gives it in time."""
    document = system.request("insert", referenceId="soon", referenceURL=system.share.put(record(81)))
    got: list[Any] = []
    sent = json.dumps(document).encode()
    caller = threading.Thread(target=lambda: got.append(system.post("", sent, Prefer="wait=30")))
    caller.start()
    while caller.is_alive():
        system.work()
        caller.join(0.1)
    assert (got[0].status_code, got[0].get_json()["returnValue"]) == (200, "1")


def test_answers_are_as_published(system: System) -> None:
    """Everything that came over the wire fits the schemas of the interface's test kit."""
    schemas = {"insert": published("InsertResponseSchema"), "identify": published("IdentifyResponseSchema")}
    assert fits(schemas["insert"], system.insert("p1", 91))
    assert fits(schemas["insert"], system.insert("p2", 91, 1))
    assert fits(schemas["identify"], system.ask("identify", referenceId="p1"))
    assert fits(schemas["identify"], system.ask("identify", referenceId="p1", gallery={"referenceIds": []}))
    assert fits(published("IdentifyErrorResponseSchema"), system.ask("identify", referenceId="nobody"))


def test_trail_tells_what_was_done_and_not_to_whom(system: System) -> None:
    """Every answer is audited under its client; no reference and no address is in it."""
    system.insert("secret-reference", 95)
    system.ask("identify", referenceId="unknown-reference")
    system.ask("delete", referenceId="secret-reference")
    with system.site.app.app_context():
        rows = db.session.scalars(
            select(AuditRow).filter_by(client_id=system.client_id, event="abis.answered").order_by(AuditRow.id)
        ).all()
        told = [(row.body["operation"], row.body["outcome"]) for row in rows]
    assert told == [("insert", "1"), ("identify", "2/12"), ("delete", "1")]
    assert "reference" not in json.dumps([row.body for row in rows])
