"""The first of the account pages, and signing out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import make_response, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.sessions import EndReason, Session
from idp.subscribers.profile import display_name
from idp.web import cookies
from idp.web.account.blueprint import account
from idp.web.account.guard import held, signed_in
from idp.web.extensions import db
from idp.web.guards import current_session
from idp.web.rooms import directory, sessions, standings
from idp.web.selfservice_rooms import closings

__all__ = ["account", "home", "sign_out", "signed_out"]


@account.get("/account")
def home() -> Response:
    """Who is signed in, and where everything is."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    page = render_template(
        "account/home.html",
        person=_person(session),
        kept=closings().kept(session.subscriber_id),
        unreached=[standing.channel.value for standing in standings().unreached(session.subscriber_id)],
        signed_in_at=session.authenticated_at,
        sign_out_action=url_for("account.sign_out"),
    )
    return make_response(page)


@account.post("/signout")
def sign_out() -> Response:
    """End this browser's session."""
    session = current_session()
    if session is not None:
        sessions().end(session.id, EndReason.SIGNED_OUT)
        db.session.commit()
    response = redirect(url_for("account.signed_out"), code=303)
    cookies.clear_session(response)
    return response


@account.get("/signed-out")
def signed_out() -> Response:
    """Say that it is done."""
    return make_response(render_template("logout/done.html", services=[], client=None, back_url=None))


@account.context_processor
def _said_on_every_page() -> dict[str, Callable[[], datetime | None]]:
    return {"changes_held": _changes_held}


def _changes_held() -> datetime | None:
    """Until when nothing of this account may be changed; None while it may."""
    session = current_session()
    hold = None if session is None else held(session)
    return None if hold is None else hold.until


def _person(session: Session) -> str:
    people = directory()
    person = people.get(session.subscriber_id)
    identity = None if person is None else people.identity(person)
    if identity is None:
        raise NotFound
    return display_name(identity)
