"""Erasing a whole record: one registrar asks, another agrees, and for a week anybody of them can stop it."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.erasure import Ground
from enrollment.errors import Code, Refusal
from enrollment.standing import Known
from enrollment.web.records.blueprint import records
from enrollment.web.records.listing import MAX_TYPED, MISTYPED, MISTYPED_CODES, refused_here
from enrollment.web.rooms import colleagues
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from enrollment.web.standing_rooms import record_erasures, suspension_desk
from idp.telemetry import refused
from idp.web.extensions import db

__all__ = ["GROUNDS", "decide_erasure", "erase", "erase_form", "record_erasure"]

GROUNDS = tuple(one.value for one in Ground if one is not Ground.CONSENT_WITHDRAWN)


@records.get("/staff/records/erase")
def erase_form() -> Response:
    """Ask for the number and the ground."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    return fresh(here) or _form(here)


@records.post("/staff/records/erase")
def erase() -> Response:
    """First show whose record it is; then, once that is confirmed, let it wait for a second registrar."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "records.erase_form")
    if redirected is not None:
        return redirected
    number, ground = request.form.get("number", "").strip()[:MAX_TYPED], request.form.get("ground", "")
    errors = [] if number else [("number", "nin_missing")]
    if ground not in GROUNDS:
        errors.append(("ground", "reason_missing"))
    if errors:
        return _form(here, number, ground, errors)
    known = suspension_desk().look(here.actor, number, "erasure")
    if isinstance(known, Refusal):
        if known.code not in MISTYPED_CODES:
            return refused_here(known)
        refused(known.code.value)
        db.session.commit()
        return _form(here, number, ground, [("number", MISTYPED[known.code])])
    if request.form.get("confirmed") != "yes":
        return _form(here, number, ground, known=known)
    made = record_erasures().ask(here.actor, known.person_id, ground)
    if isinstance(made, Refusal):
        return refused_here(made)
    db.session.commit()
    return redirect(url_for("records.records_waiting", said="erasure_asked"), code=303)


@records.get("/staff/records/erasures/<uuid:erasure_id>")
def record_erasure(erasure_id: UUID) -> Response:
    """One of them, and what whoever looks may do."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    found = record_erasures().find(here.actor, erasure_id)
    if isinstance(found, Refusal):
        return refused_here(found)
    return shown_page(
        here,
        "records/erasure.html",
        ground=found.ground.value,
        asked_at=found.asked_at,
        due_at=found.due_at,
        ended_at=found.ended_at,
        outcome=None if found.outcome is None else found.outcome.value,
        agreed=found.approved_by is not None,
        mine=colleagues().are_one(found.asked_by, here.actor.subscriber_id),
        proof_url=None if found.proof is None else url_for("citizen.erasure_proof", erasure_id=found.id),
        action=url_for("records.decide_erasure", erasure_id=found.id),
        back_url=url_for("records.records_waiting"),
    )


@records.post("/staff/records/erasures/<uuid:erasure_id>")
def decide_erasure(erasure_id: UUID) -> Response:
    """Agree or stop it, with a factor of these minutes."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "records.record_erasure", erasure_id=str(erasure_id))
    if redirected is not None:
        return redirected
    held = record_erasures()
    acts = {"approve": (held.approve, "erasure_approved"), "stop": (held.stop, "stopped")}
    act = acts.get(request.form.get("decision", ""))
    outcome = Refusal(Code.ENR_SCHEMA, "decision") if act is None else act[0](here.actor, erasure_id)
    if act is None or isinstance(outcome, Refusal):
        return refused_here(outcome if isinstance(outcome, Refusal) else Refusal(Code.ENR_SCHEMA, "decision"))
    db.session.commit()
    return redirect(url_for("records.records_waiting", said=act[1]), code=303)


def _form(
    here: Present,
    number: str = "",
    ground: str = "",
    errors: list[tuple[str, str]] | None = None,
    known: Known | None = None,
) -> Response:
    return shown_page(
        here,
        "records/erase.html",
        400 if errors else 200,
        number=number,
        ground=ground,
        grounds=GROUNDS,
        errors=errors or [],
        known=known,
        action=url_for("records.erase"),
        back_url=url_for("records.records_waiting"),
        form_url=url_for("records.erase_form"),
    )
