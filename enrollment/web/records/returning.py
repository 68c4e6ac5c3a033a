"""One suspension: what the person says, and who asks for its end and who agrees."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.standing import Opened, Return, Suspension
from enrollment.web.records.blueprint import records
from enrollment.web.records.listing import refused_here
from enrollment.web.records.suspending import letter_page
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from enrollment.web.standing_rooms import returns, suspension_desk, suspension_files
from idp.authenticators.spoken_codes import grouped
from idp.web.extensions import db

__all__ = ["decide_suspension", "print_letter", "suspension"]

_SAID = {
    "ask": "asked",
    "approve": "approved",
    "decline": "declined",
    "take_back": "taken_back",
    "kept": "kept",
    "granted": "granted",
}


@records.get("/staff/records/suspensions/<uuid:suspension_id>")
def suspension(suspension_id: UUID) -> Response:
    """How it stands, and what whoever looks may do about it."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    found = suspension_files().open(here.actor, suspension_id)
    return refused_here(found) if isinstance(found, Refusal) else _page(here, found)


@records.post("/staff/records/suspensions/<uuid:suspension_id>")
def decide_suspension(suspension_id: UUID) -> Response:
    """Ask for its end, agree, say no; or decide what the person says. With a factor of these minutes."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "records.suspension", suspension_id=str(suspension_id))
    if redirected is not None:
        return redirected
    decision = request.form.get("decision", "")
    outcome = _decided(here, suspension_id, decision)
    if isinstance(outcome, Refusal):
        return refused_here(outcome)
    db.session.commit()
    return redirect(url_for("records.records_waiting", said=_SAID[decision]), code=303)


@records.post("/staff/records/suspensions/<uuid:suspension_id>/letter")
def print_letter(suspension_id: UUID) -> Response:
    """The letter once more, with another code."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "records.suspension", suspension_id=str(suspension_id))
    if redirected is not None:
        return redirected
    made = suspension_desk().print_again(here.actor, suspension_id)
    return refused_here(made) if isinstance(made, Refusal) else letter_page(here, made)


def _decided(here: Present, suspension_id: UUID, decision: str) -> Suspension | Refusal:
    held, by = returns(), here.actor
    if decision == "ask":
        return held.ask(by, suspension_id, request.form.get("why", ""))
    if decision in {"kept", "granted"}:
        return held.decide_appeal(by, suspension_id, decision)
    acts = {"approve": held.approve, "decline": held.decline, "take_back": held.take_back}
    act = acts.get(decision)
    return Refusal(Code.ENR_SCHEMA, "decision") if act is None else act(by, suspension_id)


def _page(here: Present, opened: Opened) -> Response:
    found, appealed = opened.suspension, opened.suspension.return_why is Return.APPEAL_GRANTED
    return shown_page(
        here,
        "records/suspension.html",
        reference=grouped(found.reference),
        reason=found.reason.value,
        since=found.made_at,
        stage=found.stage.value,
        ended_at=found.ended_at,
        return_why=None if found.return_why is None else found.return_why.value,
        return_at=found.return_at,
        asked_by_me=opened.asked_by_reader,
        may_take_back=not appealed,
        may_approve=not (appealed and opened.made_by_reader),
        may_decide=not opened.made_by_reader,
        appeals=opened.appeals,
        whys=[one.value for one in Return if one is not Return.APPEAL_GRANTED],
        action=url_for("records.decide_suspension", suspension_id=found.id),
        letter_action=url_for("records.print_letter", suspension_id=found.id),
        back_url=url_for("records.records_waiting"),
    )
