"""Saying that an entry of the history was not right, and reading the answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event
from idp.errors import Code, Refusal
from idp.selfservice.concerns import LONGEST
from idp.selfservice.history import Entry, History
from idp.sessions import Session
from idp.web.account.blueprint import account
from idp.web.account.forms import fields
from idp.web.account.guard import signed_in
from idp.web.account.history import shown_entry
from idp.web.extensions import db
from idp.web.rooms import trail
from idp.web.selfservice_rooms import concerns

__all__ = ["ask_concern", "listed_concerns", "report_concern"]


@account.get("/account/history/<uuid:event_id>/concern")
def ask_concern(event_id: UUID) -> Response:
    """Ask what was not right."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    entry = History(db.session()).entry(session.subscriber_id, event_id)
    if entry is None:
        raise NotFound
    return _concern_page(session, entry)


@account.post("/account/history/<uuid:event_id>/concern")
def report_concern(event_id: UUID) -> Response:
    """Report it; an entry of somebody else's is not found, as one that never was (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    words = fields("words")["words"]
    entry = History(db.session()).entry(session.subscriber_id, event_id)
    if entry is None:
        return _not_theirs(session)
    reported = concerns().report(session.subscriber_id, event_id, words)
    if isinstance(reported, Refusal):
        db.session.rollback()
        field = "words" if reported.code is Code.CONCERN_TEXT else ""
        return _concern_page(session, entry, words[: 2 * LONGEST], [(field, reported.code.value)])
    db.session.commit()
    return redirect(url_for("account.listed_concerns", said="reported"), code=303)


@account.get("/account/concerns")
def listed_concerns() -> Response:
    """The person's own reports, with the answers."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    history = History(db.session())
    shown: list[dict[str, Any]] = []
    reader = session.subscriber_id
    for concern in concerns().list_for(reader):
        entry = history.entry(reader, concern.event_id)
        shown.append({"concern": concern, "entry": None if entry is None else shown_entry(entry, reader)})
    page = render_template(
        "account/concerns.html",
        reports=shown,
        said=request.args.get("said", ""),
        history_url=url_for("account.listed_history"),
    )
    return make_response(page)


def _not_theirs(session: Session) -> Response:
    body = {"attempted": "concern.report", "reason": Code.CONCERN_STATE.value}
    trail().append(
        AuditEvent(Event.AUTHORIZATION_REFUSED, subscriber_id=session.subscriber_id, session_id=session.id, body=body)
    )
    db.session.commit()
    raise NotFound


def _concern_page(
    session: Session, entry: Entry, typed: str = "", errors: list[tuple[str, str]] | None = None
) -> Response:
    page = render_template(
        "account/concern.html",
        entry=shown_entry(entry, session.subscriber_id),
        typed=typed,
        longest=LONGEST,
        errors=errors or [],
        action=url_for("account.report_concern", event_id=entry.id),
        stay_url=url_for("account.listed_history"),
    )
    return make_response(page, 400 if errors else 200)
