"""The password: setting one, or another one. No rules of composition, and it never runs out.

While changes are locked the page stays open to an owner with a second factor on a device known before, who also types
the old password: a session alone, taken over, is not enough.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event
from idp.authenticators import Passwords
from idp.authenticators.password_advice import advice
from idp.authenticators.password_rules import ALONE
from idp.authenticators.throttling import Factor
from idp.errors import Code, Refusal
from idp.notices import Notice
from idp.selfservice.places import places
from idp.sessions import Session
from idp.subscribers.profile import words_about
from idp.telemetry import refused
from idp.web import language
from idp.web.account.blueprint import account
from idp.web.account.changing import asked_to_wait, counted, here, proven
from idp.web.account.forms import fields
from idp.web.account.guard import Change, held
from idp.web.extensions import db, services
from idp.web.rooms import directory, notices, sessions, trail

__all__ = ["password", "set_password"]

MAX_PASSWORD = 1000
PASSWORDS = 3
PASSWORDS_SECONDS = 600
PASSWORD_CHANGED = "password_changed"
_GUESSED = frozenset({"common", "personal"})
Errors = list[tuple[str, str]]


@account.get("/account/password")
def password() -> Response:
    """What a good password is, and where to type it."""
    session = proven(Change(password=True))
    return session if isinstance(session, Response) else _page(session)


@account.post("/account/password")
def set_password() -> Response:
    """Take the new password; the other sessions end unless the person says otherwise."""
    session = proven(Change(password=True))
    if isinstance(session, Response):
        return session
    if language.switched():
        return _page(session, keeps_others=request.form.get("others") == "keep")
    hold = held(session)
    typed = fields("password", "others", "username", *(["present"] if hold is not None else []))
    keeps = typed["others"] == "keep"
    errors: Errors = [("present", "password_missing")] if hold is not None and not typed["present"] else []
    if not typed["password"]:
        errors.append(("password", "password_new_missing"))
    if len(typed["password"]) > MAX_PASSWORD:
        errors.append(("password", "password_long"))
    if errors:
        return _page(session, errors, keeps_others=keeps)
    waiting = counted(session)
    if waiting is not None:
        return waiting
    return _take(session, typed, keeps=keeps)


def _take(session: Session, typed: dict[str, str], *, keeps: bool) -> Response:
    hold = held(session)
    refusal = None if hold is None else _present_checked(session, typed["present"])
    if refusal is not None:
        db.session.commit()
        return _not_set(session, refusal, "", [], keeps_others=keeps)
    about = _about(session)
    replaced = _passwords().held_since(session.subscriber_id) is not None
    refusal = _passwords().set(
        session.subscriber_id, typed["password"], about, shortest=ALONE if _asks_long() else None
    )
    if refusal is not None:
        return _not_set(session, refusal, typed["password"], about, keeps_others=keeps)
    waiting = _changed_often(session)
    if waiting is not None:
        db.session.rollback()
        return waiting
    if not keeps:
        _end_others(session)
    notices().tell(session.subscriber_id, Notice.PASSWORD_CHANGED, here())
    db.session.commit()
    return redirect(url_for("account.methods", done="password_changed" if replaced else "password_set"), code=303)


def _changed_often(session: Session) -> Response | None:
    """Each change is told of by message: the page that asks to wait after three in ten minutes."""
    name = f"passwords:{session.subscriber_id}"
    return asked_to_wait(services().ephemeral.count(name, limit=PASSWORDS, window_seconds=PASSWORDS_SECONDS))


def _passwords() -> Passwords:
    shared = services()
    return Passwords(db.session(), shared.hasher, shared.clock, trail(), shared.listed_password, shared.numbers_of)


def _about(session: Session) -> list[str]:
    person = directory().get(session.subscriber_id)
    identity = None if person is None else directory().identity(person)
    return [] if identity is None else words_about(identity)


def _end_others(session: Session) -> None:
    shared = services()
    for place in places(db.session(), shared.clock, shared.session_policy, session.subscriber_id):
        if place.id != session.id:
            sessions().end(place.id, PASSWORD_CHANGED)


def _present_checked(session: Session, typed: str) -> Refusal | None:
    """None where `typed` is the password that the person has. Counted before it is checked, with sign-ins.

    Refused: `PASSWORD_WRONG`, `THROTTLED`, `PASSWORD_BUSY`.
    """
    throttle = services().throttle
    reserved = throttle.reserve(Factor.PASSWORD, f"person|{session.subscriber_id}", session.device_id)
    if isinstance(reserved, Refusal):
        return reserved
    right = _passwords().check(session.subscriber_id, typed[:MAX_PASSWORD])
    if isinstance(right, Refusal):
        throttle.give_back(reserved)
        return right
    if right:
        throttle.clear(reserved)
        return None
    body = {"factor": Factor.PASSWORD.value, "reason": "wrong", "subject": reserved.subject[:16]}
    trail().append(
        AuditEvent(Event.SIGNIN_FAILED, subscriber_id=session.subscriber_id, session_id=session.id, body=body)
    )
    return Refusal(Code.PASSWORD_WRONG)


def _asks_long() -> bool:
    """True for who is about to give up the last second factor."""
    return request.args.get("alone") == "1"


def _not_set(session: Session, refusal: Refusal, typed: str, about: list[str], *, keeps_others: bool) -> Response:
    refused(refusal.code.value)
    if refusal.code is Code.PASSWORD_BUSY:
        seconds = refusal.retry_after or 1
        busy = render_template("signin/busy.html", client=None, seconds=seconds, retry_url=url_for("account.password"))
        response = make_response(busy, 503)
        response.headers["Retry-After"] = str(seconds)
        return response
    if refusal.code is Code.PASSWORD_WRONG:
        return _page(session, [("present", "password_present")], keeps_others=keeps_others)
    if refusal.code is Code.THROTTLED:
        page = _page(session, [("present", "password_wait")], keeps_others=keeps_others)
        page.status_code = 429
        page.headers["Retry-After"] = str(refusal.retry_after or 1)
        return page
    why = advice(typed, about) if refusal.detail in _GUESSED else None
    return _page(session, [("password", f"password_{refusal.detail}")], advised=why, keeps_others=keeps_others)


def _page(
    session: Session, errors: Errors | None = None, advised: str | None = None, *, keeps_others: bool = False
) -> Response:
    person = directory().get(session.subscriber_id)
    identity = None if person is None else directory().identity(person)
    others = places(db.session(), services().clock, services().session_policy, session.subscriber_id)
    hold, alone = held(session), _asks_long()
    page = render_template(
        "account/password.html",
        action=url_for("account.set_password", alone="1" if alone else None),
        methods_url=url_for("account.methods"),
        username="" if identity is None else identity.username,
        changes=_passwords().held_since(session.subscriber_id) is not None,
        shortest=ALONE if alone else _passwords().shortest(session.subscriber_id),
        held_until=None if hold is None else hold.until,
        others=any(place.id != session.id for place in others),
        keeps_others=keeps_others,
        advised=advised,
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)
