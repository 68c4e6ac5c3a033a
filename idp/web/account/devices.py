"""Where the person is signed in, and the browsers that are known: signing out of one, of others, of all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event
from idp.errors import Code
from idp.notices import Notice
from idp.selfservice.places import Place, places
from idp.sessions import Session
from idp.sessions.browsers import described
from idp.sessions.devices import Device
from idp.web import cookies
from idp.web.account.blueprint import account
from idp.web.account.changing import here
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import db, services
from idp.web.rooms import devices, notices, sessions, trail

__all__ = ["forget_device", "listed_devices", "reread_device", "sign_out_all", "sign_out_others", "sign_out_place"]

HERE, ELSEWHERE, EVERYWHERE = "signed_out_here", "signed_out_elsewhere", "signed_out_everywhere"


@account.get("/account/devices")
def listed_devices() -> Response:
    """The live sessions and the known browsers, this one marked. Where in the country they are is not told."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    here = devices().find(cookies.device(), session.subscriber_id)
    live = _live(session)
    page = render_template(
        "account/devices.html",
        places=[_shown_place(place, session) for place in live],
        devices=[_shown_device(device, here) for device in devices().list_for(session.subscriber_id)],
        others=len(live) > 1,
        others_action=url_for("account.sign_out_others"),
        all_action=url_for("account.sign_out_all"),
        said=request.args.get("said", ""),
    )
    return make_response(page)


@account.post("/account/devices/sessions/<uuid:session_id>/end")
def sign_out_place(session_id: UUID) -> Response:
    """Sign out of one; somebody else's is not found, as one that never was (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    fields()
    if session_id not in {place.id for place in _live(session)}:
        return _not_theirs(session, "session.end")
    sessions().end(session_id, HERE if session_id == session.id else ELSEWHERE)
    db.session.commit()
    return _left() if session_id == session.id else _done("signed_out")


@account.post("/account/devices/sessions/end-others")
def sign_out_others() -> Response:
    """Sign out everywhere but here."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    fields()
    for place in _live(session):
        if place.id != session.id:
            sessions().end(place.id, ELSEWHERE)
    _tell(session)
    db.session.commit()
    return _done("signed_out_others")


@account.post("/account/devices/sessions/end-all")
def sign_out_all() -> Response:
    """Sign out everywhere."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    fields()
    sessions().end_all(session.subscriber_id, EVERYWHERE)
    _tell(session)
    db.session.commit()
    return _left()


@account.post("/account/devices/<uuid:device_id>/forget")
def forget_device(device_id: UUID) -> Response:
    """Know a browser no longer, and end the sessions that it holds; somebody else's is not found (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    fields()
    # A known browser is what its owner gets the account back with: whoever found a session must not strike it off.
    redirected = recently(session)
    if redirected is not None:
        return redirected
    if not devices().revoke(session.subscriber_id, device_id):
        return _not_theirs(session, "device.forget")
    body = {"device": str(device_id)}
    trail().append(AuditEvent(Event.DEVICE_FORGOTTEN, subscriber_id=session.subscriber_id, body=body))
    for place in _live(session):
        if place.device_id == device_id and place.id != session.id:
            sessions().end(place.id, ELSEWHERE)
    db.session.commit()
    return _done("forgotten")


@account.get("/account/devices/<uuid:device_id>/forget")
def reread_device(device_id: UUID) -> Response:  # noqa: ARG001 - the address that takes the form
    """An address that only takes a form, opened again after a sign-in: to the page that has the button."""
    return redirect(url_for("account.listed_devices"), code=303)


def _live(session: Session) -> list[Place]:
    shared = services()
    return places(db.session(), shared.clock, shared.session_policy, session.subscriber_id)


def _tell(session: Session) -> None:
    notices().tell(session.subscriber_id, Notice.SIGNED_OUT_EVERYWHERE, here())


def _not_theirs(session: Session, attempted: str) -> Response:
    body = {"attempted": attempted, "reason": Code.SESSION_MISSING.value}
    trail().append(
        AuditEvent(Event.AUTHORIZATION_REFUSED, subscriber_id=session.subscriber_id, session_id=session.id, body=body)
    )
    db.session.commit()
    raise NotFound


def _left() -> Response:
    response = redirect(url_for("account.signed_out"), code=303)
    cookies.clear_session(response)
    return response


def _done(said: str) -> Response:
    return redirect(url_for("account.listed_devices", said=said), code=303)


def _shown_place(place: Place, session: Session) -> dict[str, Any]:
    browser, system = described(place.user_agent)
    return {
        "browser": browser,
        "system": system,
        "since": place.created_at,
        "seen_at": place.seen_at,
        "here": place.id == session.id,
        "end_action": url_for("account.sign_out_place", session_id=place.id),
    }


def _shown_device(device: Device, here: UUID | None) -> dict[str, Any]:
    browser, system = described(device.user_agent)
    return {
        "browser": browser,
        "system": system,
        "since": device.created_at,
        "seen_at": device.seen_at,
        "here": device.id == here,
        "forget_action": url_for("account.forget_device", device_id=device.id),
    }
