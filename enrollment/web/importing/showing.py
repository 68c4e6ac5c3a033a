"""One import: its columns while they are not confirmed, how far it is, what was found, and the report to keep."""

from __future__ import annotations

import json
from uuid import UUID

from flask import make_response, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.legacy import Batch, Column, State, Unreadable, Wishes, wishes_of
from enrollment.legacy.columns import NEEDED
from enrollment.legacy.looking import Beginning, beginning_of
from enrollment.web.importing.blueprint import importing
from enrollment.web.legacy_rooms import batches, pieces, reports
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from idp.audit import AuditEvent, Event
from idp.web.extensions import db
from idp.web.rooms import trail

__all__ = ["batch", "page", "report"]

_WORKING = frozenset({State.ASKED, State.READING, State.TAKING})
_LOOK_AGAIN_SECONDS = "5"


@importing.get("/staff/imports/<uuid:batch_id>")
def batch(batch_id: UUID) -> Response:
    """The page of an import, whatever state it is in. It looks again by itself while a worker is at it."""
    here = present(Role.REGISTRAR)
    return here if isinstance(here, Response) else page(here, batch_id)


@importing.get("/staff/imports/<uuid:batch_id>/report.csv")
def report(batch_id: UUID) -> Response:
    """Row by row what was wrong and what may have been meant: people's details, so that fetching it is audited."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    found = batches().find(batch_id)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("importing.imports"))
    body = {"import": str(batch_id), "what": "report"}
    trail().append(AuditEvent(Event.IMPORT_READ, actor=here.actor.reference, body=body))
    answer = make_response("".join(reports().lines(batch_id)))
    db.session.commit()
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="import-report.csv"'
    return answer


def page(here: Present, batch_id: UUID, faults: tuple[str, ...] = (), status: int = 200) -> Response:
    """The page; `faults` are columns that are missing or named twice."""
    found = batches().find(batch_id)
    if isinstance(found, Refusal) or found.state is State.DISCARDED:
        refusal = found if isinstance(found, Refusal) else Refusal(Code.ENR_UNKNOWN, "import")
        return refusal_page(refusal, url_for("importing.imports"))
    looked = _beginning(found)
    answer = shown_page(
        here,
        "importing/import.html",
        status,
        batch=found,
        beginning=looked,
        columns=[column.value for column in Column],
        needed={column.value for column in NEEDED},
        counts=reports().counts(batch_id) if found.state not in {State.COLUMNS, State.ASKED, State.READING} else [],
        faults=faults,
        working=found.state in _WORKING,
        address=url_for("importing.batch", batch_id=batch_id),
        report_url=url_for("importing.report", batch_id=batch_id),
        imports_url=url_for("importing.imports"),
    )
    if found.state in _WORKING:
        answer.headers["Refresh"] = _LOOK_AGAIN_SECONDS
    return answer


def _beginning(found: Batch) -> Beginning | None:
    if found.state is not State.COLUMNS:
        return None
    stream = pieces().open(found.id)
    if stream is None:
        return None
    with stream:
        looked = beginning_of(stream, _wishes(found))
    return None if isinstance(looked, Unreadable) else looked


def _wishes(found: Batch) -> Wishes:
    wishes = wishes_of(json.dumps(found.wishes))
    return Wishes() if isinstance(wishes, Refusal) else wishes
