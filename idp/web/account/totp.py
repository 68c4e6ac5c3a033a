"""Views of code generators: add one in two steps, take one away."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.authenticators.losses import losses
from idp.authenticators.methods import Method
from idp.authenticators.totp import Generator, typed_code
from idp.authenticators.totp_enrolment import MAX_GENERATORS, MAX_NAME, Attempt, typed_name
from idp.errors import Code, Refusal
from idp.notices import Notice
from idp.sessions import Session
from idp.telemetry import refused
from idp.web import language
from idp.web.account.blueprint import account
from idp.web.account.changing import counted, here, longer_password_first, proven, tell_added
from idp.web.account.guard import ADDS, Change, signed_in
from idp.web.account.qr import qr_code
from idp.web.code_rooms import totp, totp_enrolment
from idp.web.extensions import db
from idp.web.rooms import directory, methods, notices

__all__: list[str] = []

MAX_CODE = 20
KEY_GROUP = 4
Errors = list[tuple[str, str]]


@account.get("/account/methods/totp")
def new_totp() -> Response:
    """What an authenticator app is, and what to call this one."""
    session = proven(ADDS)
    return session if isinstance(session, Response) else _begin_page(session)


@account.post("/account/methods/totp")
def begin_totp() -> Response:
    """Make a secret for this attempt alone."""
    session = proven(ADDS)
    if isinstance(session, Response):
        return session
    typed = request.form.get("app_name", "")
    if language.switched():
        return _begin_page(session, typed[:MAX_NAME])
    name = typed_name(typed)
    if name is None:
        return _begin_page(session, typed[:MAX_NAME], [("app_name", "name_long")])
    waiting = counted(session)
    if waiting is not None:
        return waiting
    begun = totp_enrolment().begin(session.subscriber_id, session.id, name)
    db.session.commit()
    if isinstance(begun, Refusal):
        return _begin_page(session)
    return redirect(url_for("account.totp_attempt", attempt_id=begun), code=303)


@account.get("/account/methods/totp/new/<attempt_id>")
def totp_attempt(attempt_id: str) -> Response:
    """The secret, the first time; afterwards only where to type the code (AC-076)."""
    session = proven(ADDS)
    if isinstance(session, Response):
        return session
    person = directory().get(session.subscriber_id)
    identity = None if person is None else directory().identity(person)
    label = "" if identity is None else identity.username
    attempt = totp_enrolment().show(attempt_id, session.subscriber_id, session.id, label)
    return _over_page() if isinstance(attempt, Refusal) else _confirm_page(attempt_id, attempt)


@account.post("/account/methods/totp/new/<attempt_id>")
def confirm_totp(attempt_id: str) -> Response:
    """Take the code that proves the app; from here on it counts."""
    session = proven(ADDS)
    if isinstance(session, Response):
        return session
    typed = request.form.get("code", "")
    if language.switched():
        return _confirm_page(attempt_id, None, typed[:MAX_CODE])
    digits = typed_code(typed)
    if digits is None:
        error = "code_format" if typed.strip() else "code_missing"
        return _confirm_page(attempt_id, None, typed[:MAX_CODE], [("code", error)])
    bound = totp_enrolment().confirm(attempt_id, session.subscriber_id, session.id, digits)
    if isinstance(bound, Refusal):
        refused(bound.code.value)
        if bound.code is Code.TOTP_WRONG:
            return _confirm_page(attempt_id, None, typed[:MAX_CODE], [("code", "code_wrong")])
        return _over_page()
    tell_added(session, Method.TOTP, bound)
    db.session.commit()
    return redirect(url_for("account.methods", done="totp_added"), code=303)


@account.get("/account/methods/totp/<uuid:generator_id>/remove")
def confirm_totp_removal(generator_id: UUID) -> Response:
    """Say what goes with this app, before it is taken away."""
    session = _removing(generator_id)
    if isinstance(session, Response):
        return session
    generator = _own(session, generator_id)
    return longer_password_first(session) or _removal_page(session, generator)


@account.post("/account/methods/totp/<uuid:generator_id>/remove")
def remove_totp(generator_id: UUID) -> Response:
    """Take an app away; somebody else's is not found, as one that never was."""
    session = _removing(generator_id)
    if isinstance(session, Response):
        return session
    if request.form.getlist("decision") != ["remove"]:
        return _removal_page(session, _own(session, generator_id), [("", "decision_missing")])
    waiting = counted(session)
    if waiting is not None:
        return waiting
    kept = longer_password_first(session)
    if kept is not None:
        return kept
    if totp().remove(session.subscriber_id, generator_id) is not None:
        raise NotFound
    notices().tell(session.subscriber_id, Notice.METHOD_REMOVED, {"method": Method.TOTP.value, **here()})
    db.session.commit()
    return redirect(url_for("account.methods", done="totp_removed"), code=303)


def _removing(generator_id: UUID) -> Session | Response:
    session = signed_in()
    if isinstance(session, Response):
        return session
    return proven(Change(removes=_own(session, generator_id).created_at))


def _own(session: Session, generator_id: UUID) -> Generator:
    for generator in totp().held_by(session.subscriber_id):
        if generator.id == generator_id:
            return generator
    raise NotFound


def _begin_page(session: Session, name: str = "", errors: Errors | None = None) -> Response:
    page = render_template(
        "account/totp.html",
        action=url_for("account.begin_totp"),
        methods_url=url_for("account.methods"),
        full=len(totp().held_by(session.subscriber_id)) >= MAX_GENERATORS,
        name=name,
        max_name=MAX_NAME,
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _confirm_page(attempt_id: str, attempt: Attempt | None, typed: str = "", errors: Errors | None = None) -> Response:
    shown = None if attempt is None else attempt.binding
    key = "" if shown is None else shown.secret
    page = render_template(
        "account/totp_confirm.html",
        action=url_for("account.confirm_totp", attempt_id=attempt_id),
        again_url=url_for("account.new_totp"),
        methods_url=url_for("account.methods"),
        picture=None if shown is None else qr_code(shown.uri),
        key=[key[start : start + KEY_GROUP] for start in range(0, len(key), KEY_GROUP)],
        app_url=None if shown is None else shown.uri,
        typed=typed,
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _over_page() -> Response:
    page = render_template(
        "account/totp_over.html", again_url=url_for("account.new_totp"), methods_url=url_for("account.methods")
    )
    return make_response(page, 409)


def _removal_page(session: Session, generator: Generator, errors: Errors | None = None) -> Response:
    held = methods().held_by(session.subscriber_id)
    page = render_template(
        "account/totp_remove.html",
        generator=generator,
        losses={loss.value for loss in losses(held, Method.TOTP)},
        action=url_for("account.remove_totp", generator_id=generator.id),
        methods_url=url_for("account.methods"),
        codes_url=url_for("account.recovery_codes"),
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)
