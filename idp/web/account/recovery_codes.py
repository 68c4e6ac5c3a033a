"""Views of recovery codes: how many are left, a new set, shown once, to print or to keep as a file."""

from __future__ import annotations

from urllib.parse import quote

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event
from idp.authenticators.losses import losses
from idp.authenticators.methods import Method
from idp.authenticators.overview import Way
from idp.authenticators.recovery_codes import COUNT, FEW, RECOVERY_CODE
from idp.notices import Notice
from idp.sessions import Session
from idp.web.account.blueprint import account
from idp.web.account.changing import counted, here, proven, tell_added
from idp.web.account.guard import ADDS, Change, signed_in
from idp.web.code_rooms import overview
from idp.web.code_rooms import recovery_codes as codes_of
from idp.web.extensions import db, services
from idp.web.rooms import methods, newcomers, notices, trail

__all__: list[str] = []

Errors = list[tuple[str, str]]


@account.get("/account/methods/recovery-codes")
def recovery_codes() -> Response:
    """How many codes are left, and what a new set means."""
    session = proven(ADDS)
    return session if isinstance(session, Response) else _state_page(session)


@account.post("/account/methods/recovery-codes")
def make_recovery_codes() -> Response:
    """Make a new set and show it, in this answer and never again (AC-075)."""
    session = proven(ADDS)
    if isinstance(session, Response):
        return session
    if request.form.getlist("decision") != ["make"]:
        return _state_page(session, [("", "decision_missing")])
    waiting = counted(session)
    if waiting is not None:
        return waiting
    made = codes_of().make(session.subscriber_id)
    tell_added(session, Method.RECOVERY_CODE, newcomers().sheet(session.subscriber_id))
    db.session.commit()
    page = render_template(
        "account/recovery_codes_made.html",
        codes=made,
        made_at=services().clock.now(),
        issuer=services().options.issuer,
        file=_as_file(made),
        kept_url=url_for("account.methods", done="codes_kept"),
    )
    return make_response(page)


@account.get("/account/methods/recovery-codes/remove")
def confirm_codes_removal() -> Response:
    """Say what goes with the codes, before they are made worthless."""
    session = _removing()
    return session if isinstance(session, Response) else _removal_page(session)


@account.post("/account/methods/recovery-codes/remove")
def remove_recovery_codes() -> Response:
    """Make all codes worthless."""
    session = _removing()
    if isinstance(session, Response):
        return session
    if request.form.getlist("decision") != ["remove"]:
        return _removal_page(session, [("", "decision_missing")])
    waiting = counted(session)
    if waiting is not None:
        return waiting
    if codes_of().drop(session.subscriber_id):
        body = {"factor": RECOVERY_CODE}
        trail().append(AuditEvent(Event.AUTHENTICATOR_REMOVED, subscriber_id=session.subscriber_id, body=body))
        notices().tell(session.subscriber_id, Notice.METHOD_REMOVED, {"method": Method.RECOVERY_CODE.value, **here()})
    db.session.commit()
    return redirect(url_for("account.methods", done="codes_removed"), code=303)


def _removing() -> Session | Response:
    session = signed_in()
    if isinstance(session, Response):
        return session
    held = _held(session)
    return proven(Change(removes=None if held is None else held.added_at))


def _held(session: Session) -> Way | None:
    held = overview().of(session.subscriber_id)
    return next((way for way in held if way.method is Method.RECOVERY_CODE), None)


def _state_page(session: Session, errors: Errors | None = None) -> Response:
    page = render_template(
        "account/recovery_codes.html",
        held=_held(session),
        few=FEW,
        all_codes=COUNT,
        action=url_for("account.make_recovery_codes"),
        remove_url=url_for("account.confirm_codes_removal"),
        methods_url=url_for("account.methods"),
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _removal_page(session: Session, errors: Errors | None = None) -> Response:
    held = _held(session)
    if held is None:
        raise NotFound
    page = render_template(
        "account/recovery_codes_remove.html",
        held=held,
        losses={loss.value for loss in losses(methods().held_by(session.subscriber_id), Method.RECOVERY_CODE)},
        action=url_for("account.remove_recovery_codes"),
        methods_url=url_for("account.methods"),
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _as_file(codes: list[str]) -> str:
    """The codes as an address that a browser saves as a text file: no second request could bring them again."""
    theme = current_app.jinja_env.get_template("theme.html").module
    made_on = format_date(services().clock.now(), "d MMMM y")
    lines = [
        _("Recovery codes"),
        f"{getattr(theme, 'service_name', '')}, {services().options.issuer}",
        _("Made on %(day)s. Each code works once.", day=made_on),
        "",
        *codes,
        "",
    ]
    return f"data:text/plain;charset=utf-8,{quote(chr(10).join(lines))}"
