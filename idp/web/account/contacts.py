"""Changing where the person is reached: a new address, a code that went there, and then it holds."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.outbox import Channel
from idp.selfservice.contacts import CLAIMS, ContactChange, Ground
from idp.sessions import Session
from idp.web import language
from idp.web.account.blueprint import account
from idp.web.account.changing import here
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import db
from idp.web.rooms import directory
from idp.web.selfservice_rooms import contact_changes

__all__ = [
    "ask_code",
    "ask_contact",
    "check_code",
    "remove_contact",
    "return_to_code",
    "return_to_contact",
    "send_again",
    "send_code",
]

CHANNELS = {"email": Channel.EMAIL, "phone": Channel.SMS}
MAX_TYPED = 254
_SAID = {Ground.PROVEN: "proven", Ground.ADDED: "added", Ground.CHANGED: "contact"}


@account.get("/account/details/contact/<kind>")
def ask_contact(kind: str) -> Response:
    """Ask for the new e-mail address or telephone number."""
    session, channel = signed_in(), _channel(kind)
    if isinstance(session, Response):
        return session
    return recently(session) or _contact_page(session, kind, channel)


@account.post("/account/details/contact/<kind>")
def send_code(kind: str) -> Response:
    """Send a code to it."""
    session, channel = signed_in(), _channel(kind)
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    typed = fields("value")["value"]
    person = directory().get(session.subscriber_id)
    locale = person.locale if person is not None else None
    begun = (
        contact_changes().begin(session.subscriber_id, channel, typed, locale or language.current().tag)
        if 0 < len(typed) <= MAX_TYPED
        else Refusal(Code.CONTACT_INVALID)
    )
    if isinstance(begun, Refusal):
        db.session.rollback()
        return _contact_page(session, kind, channel, typed[:MAX_TYPED], begun)
    db.session.commit()
    return redirect(url_for("account.ask_code", change_id=begun.id), code=303)


@account.get("/account/details/contact-change/<uuid:change_id>")
def ask_code(change_id: UUID) -> Response:
    """Ask for the code."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    return recently(session) or _code_page(_own(session, change_id))


@account.post("/account/details/contact-change/<uuid:change_id>")
def check_code(change_id: UUID) -> Response:
    """Let the change take effect."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    if contact_changes().holds(session.subscriber_id, change_id):  # the button was pressed twice
        return redirect(url_for("account.details", said="contact"), code=303)
    change = _own(session, change_id)
    code = typed_code(fields("code")["code"])
    if code is None:
        return _code_page(change, [("code", "code_format")])
    proven = contact_changes().prove(session.subscriber_id, change_id, code, here())
    db.session.commit()
    if isinstance(proven, Refusal):
        return _code_page(change, [("code", proven.code.value)])
    return redirect(url_for("account.details", said=_SAID[proven]), code=303)


@account.get("/account/details/contact-change/<uuid:change_id>/again")
def return_to_code(change_id: UUID) -> Response:
    """Where a sign-in that was asked for before another code comes back to."""
    return redirect(url_for("account.ask_code", change_id=change_id), code=303)


@account.post("/account/details/contact-change/<uuid:change_id>/again")
def send_again(change_id: UUID) -> Response:
    """Another code to the same address."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    change = _own(session, change_id)
    refusal = contact_changes().resend(session.subscriber_id, change_id, language.current().tag)
    if refusal is not None:
        db.session.rollback()
        return _code_page(change, [("", _said(refusal))], refusal.retry_after)
    db.session.commit()
    return redirect(url_for("account.ask_code", change_id=change_id), code=303)


@account.get("/account/details/contact/<kind>/remove")
def return_to_contact(kind: str) -> Response:
    """Where a sign-in that was asked for before a removal comes back to."""
    return redirect(url_for("account.ask_contact", kind=kind), code=303)


@account.post("/account/details/contact/<kind>/remove")
def remove_contact(kind: str) -> Response:
    """Give a contact point up."""
    session, channel = signed_in(), _channel(kind)
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    fields()
    refusal = contact_changes().remove(session.subscriber_id, channel, here())
    if refusal is not None:
        db.session.rollback()
        return _contact_page(session, kind, channel, refusal=refusal)
    db.session.commit()
    return redirect(url_for("account.details", said="removed"), code=303)


def _channel(kind: str) -> Channel:
    if kind not in CHANNELS:
        raise NotFound
    return CHANNELS[kind]


def _own(session: Session, change_id: UUID) -> ContactChange:
    change = contact_changes().under_way(session.subscriber_id, change_id)
    if change is None:
        raise NotFound
    return change


def _said(refusal: Refusal) -> str:
    return "contact_wait" if refusal.code is Code.THROTTLED else refusal.code.value


def _contact_page(
    session: Session, kind: str, channel: Channel, typed: str = "", refusal: Refusal | None = None
) -> Response:
    profile = directory().profile(session.subscriber_id)
    field = "" if refusal is None or refusal.code in {Code.THROTTLED, Code.CONTACT_LAST} else "value"
    recorded = profile.get(CLAIMS[channel])
    page = render_template(
        "account/contact.html",
        kind=kind,
        recorded=recorded,
        unproven=bool(recorded) and profile.get(f"{CLAIMS[channel]}_verified") is not True,
        typed=typed,
        errors=[] if refusal is None else [(field, _said(refusal))],
        wait=None if refusal is None else refusal.retry_after,
        action=url_for("account.send_code", kind=kind),
        remove_action=url_for("account.remove_contact", kind=kind) if recorded else None,
        stay_url=url_for("account.details"),
    )
    return make_response(page, 400 if refusal is not None else 200)


def _code_page(change: ContactChange, errors: list[tuple[str, str]] | None = None, wait: int | None = None) -> Response:
    kind = next(kind for kind, channel in CHANNELS.items() if channel is change.channel)
    page = render_template(
        "account/contact_code.html",
        kind=kind,
        address=change.address,
        errors=errors or [],
        wait=wait,
        action=url_for("account.check_code", change_id=change.id),
        again_action=url_for("account.send_again", change_id=change.id),
        other_url=url_for("account.ask_contact", kind=kind),
        stay_url=url_for("account.details"),
    )
    return make_response(page, 400 if errors else 200)
