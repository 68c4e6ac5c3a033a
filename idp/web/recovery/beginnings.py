"""Where somebody begins who cannot sign in: what happened, a forgotten user name, which account."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.jobs import Jobs
from idp.recovery.errands import REMIND
from idp.web import cookies, language
from idp.web.extensions import db
from idp.web.recovery.blueprint import recovery
from idp.web.recovery.limits import begun, may_send
from idp.web.recovery.rooms import attempts, cases, known
from idp.web.signin.pages import Errors

__all__ = ["MAX_TYPED", "centre", "name_sent", "named", "new_name", "new_password", "start", "typed_name"]

MAX_TYPED = 200
REMINDERS = 3


@recovery.get("/recover")
def start() -> Response:
    """What happened?"""
    case = cases().of_browser(cookies.browser())
    case_url = None if case is None else url_for("recovery.case", case_id=case.id)
    return make_response(render_template("recovery/start.html", case_url=case_url))


@recovery.get("/recover/centre")
def centre() -> Response:
    """Recovery in person: what to bring."""
    return make_response(render_template("recovery/visit.html", reference=None))


@recovery.get("/recover/name")
def new_name() -> Response:
    """Forgotten user name: ask for the address."""
    return _name_page()


@recovery.post("/recover/name")
def typed_name() -> Response:
    """Have the user names of an address sent there. The same page follows for an address that nobody has."""
    typed = request.form.get("contact", "").strip()
    if language.switched():
        return _name_page(typed)
    problem = _problem(typed, "contact")
    if problem:
        return _name_page(typed[:MAX_TYPED], [("contact", problem)])
    waiting = begun(url_for("recovery.new_name"))
    if waiting is not None:
        return waiting
    attempt = attempts().open(cookies.ensure_browser(), typed, language.current().tag)
    if not may_send(f"reminder|{typed.casefold()}", REMINDERS):
        Jobs(db.session()).defer(REMIND, attempt=attempt.name)
        db.session.commit()
    return redirect(url_for("recovery.name_sent"), code=303)


@recovery.get("/recover/name/sent")
def name_sent() -> Response:
    """Say what happens now, whoever was meant."""
    return make_response(render_template("recovery/name_sent.html"))


@recovery.get("/recover/password")
def new_password() -> Response:
    """Forgotten password or lost device: ask for the user name."""
    return _account_page()


@recovery.post("/recover/password")
def named() -> Response:
    """Begin an attempt. It goes on alike for a user name that nobody has."""
    typed = request.form.get("identifier", "").strip()
    if language.switched():
        return _account_page(typed)
    problem = _problem(typed, "identifier")
    if problem:
        return _account_page(typed[:MAX_TYPED], [("identifier", problem)])
    waiting = begun(url_for("recovery.new_password"))
    if waiting is not None:
        return waiting
    device = known().device(cookies.device(), typed)
    attempt = attempts().open(cookies.ensure_browser(), typed, language.current().tag, device)
    return redirect(url_for("recovery.ways", secret=attempt.secret), code=303)


def _problem(typed: str, field: str) -> str:
    if len(typed) > MAX_TYPED:
        return "too_long"
    missing = {"contact": "contact_missing", "identifier": "identifier_missing"}
    return "" if typed else missing[field]


def _name_page(typed: str = "", errors: Errors = ()) -> Response:
    page = render_template(
        "recovery/name.html", action=url_for("recovery.typed_name"), typed=typed[:MAX_TYPED], errors=errors
    )
    return make_response(page, 400 if errors else 200)


def _account_page(typed: str = "", errors: Errors = ()) -> Response:
    page = render_template(
        "recovery/account.html", action=url_for("recovery.named"), typed=typed[:MAX_TYPED], errors=errors
    )
    return make_response(page, 400 if errors else 200)
