"""The end of a recovery: the new password, and the pages that say why there is none."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.recovery import Case, Proof, State
from idp.recovery.finishing import Lost, can_be_lost, level_after
from idp.subscribers import Subscriber
from idp.subscribers.hold import hold_on
from idp.telemetry import refused
from idp.web import cookies
from idp.web.extensions import db, services
from idp.web.recovery.blueprint import recovery
from idp.web.recovery.rooms import cases, finishing
from idp.web.recovery.rooms import recovery as steps
from idp.web.rooms import directory, methods
from idp.web.signin.pages import Errors

__all__ = ["case_over", "new_password_of_case", "password_page"]

MAX_PASSWORD = 1000
_WHY = {Code.RECOVERY_CHANGED: "changed", Code.RECOVERY_LOCKED: "locked"}


@recovery.post("/recover/case/<uuid:case_id>/password")
def new_password_of_case(case_id: UUID) -> Response:
    """Take the new password."""
    held = cases().find(case_id, cookies.browser())
    person = None if isinstance(held, Refusal) else steps().person(held)
    if isinstance(held, Refusal) or person is None or held.state is not State.READY:
        # AC-082: nobody gets here by address alone
        address = url_for("recovery.start") if person is None else url_for("recovery.case", case_id=case_id)
        return redirect(address, code=303)
    offered = _losses(held, person)
    lost = [what for what in offered if what.value in request.form.getlist("lost")]
    password = request.form.get("password", "")
    problem = "password_new_missing" if not password else "too_long" if len(password) > MAX_PASSWORD else ""
    if problem:
        return password_page(held, person, lost, [("password", problem)])
    outcome = finishing().finish(held, password, lost)
    if isinstance(outcome, Refusal):
        db.session.rollback()
        return _not_finished(held, person, lost, outcome)
    db.session.commit()
    response = redirect(url_for("recovery.case", case_id=case_id), code=303)
    cookies.clear_session(response)
    return response


def password_page(held: Case, person: Subscriber, lost: list[Lost] | None = None, errors: Errors = ()) -> Response:
    """Ask for the new password, and for what else is lost. Says what that costs."""
    if finishing().held_back(held, person):
        return case_over("locked", person.changes_locked_until)
    offered = _losses(held, person)
    identity = _username(person)
    page = render_template(
        "recovery/password.html",
        action=url_for("recovery.new_password_of_case", case_id=held.id),
        account=identity,
        losses=[what.value for what in offered],
        lost=[what.value for what in lost or ()],
        level=person.ial,
        level_kept=min(person.ial, held.level),
        level_lost=min(person.ial, level_after(held, frozenset(offered))),
        held_until=person.changes_locked_until if _is_held(person) else None,
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def case_over(why: str, until: object = None) -> Response:
    """Why nothing more happens here, and the way on."""
    page = render_template("recovery/over.html", why=why, until=until, again_url=url_for("recovery.start"))
    return make_response(page, 403 if why == "locked" else 409)


def _not_finished(held: Case, person: Subscriber, lost: list[Lost], refusal: Refusal) -> Response:
    refused(refusal.code.value)
    if refusal.code is Code.PASSWORD_WEAK:
        return password_page(held, person, lost, [("password", f"password_{refusal.detail}")])
    if refusal.code is Code.PASSWORD_BUSY:
        response = make_response(
            render_template("signin/busy.html", retry_url=url_for("recovery.case", case_id=held.id))
        )
        response.status_code = 503
        response.headers["Retry-After"] = str(refusal.retry_after or 1)
        return response
    if refusal.code in _WHY:
        return case_over(_WHY[refusal.code], person.changes_locked_until)
    return redirect(url_for("recovery.case", case_id=held.id), code=303)


def _losses(held: Case, person: Subscriber) -> tuple[Lost, ...]:
    """What can be given up as lost: nothing while changes are held, but by who was at a centre."""
    return (
        () if _is_held(person) and Proof.IN_PERSON not in held.proofs else can_be_lost(held, methods().held_by(person))
    )


def _is_held(person: Subscriber) -> bool:
    return hold_on(person, services().clock.now()) is not None


def _username(person: Subscriber) -> str:
    identity = directory().identity(person)
    return "" if identity is None else identity.username
