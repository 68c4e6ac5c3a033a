"""Suspending a record: its number and why, then whose it is, and then the letter for the person."""

from __future__ import annotations

from flask import make_response, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.register import Status
from enrollment.standing import Known, Letter, Reason
from enrollment.web.records.blueprint import records
from enrollment.web.records.listing import MAX_TYPED, MISTYPED, MISTYPED_CODES, refused_here
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from enrollment.web.standing_rooms import suspension_desk
from idp.authenticators.spoken_codes import grouped
from idp.telemetry import refused
from idp.web.account.qr import qr_code
from idp.web.extensions import db, services

__all__ = ["letter_page", "suspend", "suspend_form"]


@records.get("/staff/records/suspend")
def suspend_form() -> Response:
    """Ask for the number and why; for somebody who proved who they are these minutes."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    return fresh(here) or _form(here)


@records.post("/staff/records/suspend")
def suspend() -> Response:
    """First show whose record it is; then, once that is confirmed, suspend it. The number stays out of addresses."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "records.suspend_form")
    if redirected is not None:
        return redirected
    number, reason = request.form.get("number", "").strip()[:MAX_TYPED], request.form.get("reason", "")
    errors = [] if number else [("number", "nin_missing")]
    if reason not in set(Reason):
        errors.append(("reason", "reason_missing"))
    if errors:
        return _form(here, number, reason, errors)
    if request.form.get("confirmed") == "yes":
        made = suspension_desk().suspend(here.actor, number, reason)
        return _refused(here, made, number, reason) if isinstance(made, Refusal) else letter_page(here, made)
    known = suspension_desk().look(here.actor, number)
    if isinstance(known, Refusal):
        return _refused(here, known, number, reason)
    if known.status is not Status.ACTIVE:
        return refused_here(Refusal(Code.ENR_STATE, "status"))
    return _form(here, number, reason, known=known)


def letter_page(here: Present, made: Letter) -> Response:
    """The letter, in this answer alone: its code is stored nowhere."""
    address = f"{services().options.issuer}{url_for('citizen.appeal')}"
    answer = shown_page(
        here,
        "records/letter.html",
        reference=grouped(made.suspension.reference),
        code=made.code,
        reason=made.suspension.reason.value,
        since=made.suspension.made_at,
        address=address,
        picture=qr_code(address),
        printed_at=services().clock.now(),
        back_url=url_for("records.suspension", suspension_id=made.suspension.id),
    )
    return make_response(answer)


def _refused(here: Present, refusal: Refusal, number: str, reason: str) -> Response:
    """A number that is none is a matter of the form."""
    if refusal.code not in MISTYPED_CODES:
        return refused_here(refusal)
    refused(refusal.code.value)
    db.session.commit()
    return _form(here, number, reason, [("number", MISTYPED[refusal.code])])


def _form(
    here: Present,
    number: str = "",
    reason: str = "",
    errors: list[tuple[str, str]] | None = None,
    known: Known | None = None,
) -> Response:
    return shown_page(
        here,
        "records/suspend.html",
        400 if errors else 200,
        number=number,
        reason=reason,
        reasons=[one.value for one in Reason],
        errors=errors or [],
        known=known,
        action=url_for("records.suspend"),
        back_url=url_for("records.records_waiting"),
        form_url=url_for("records.suspend_form"),
    )
