"""What stands before the account pages: a session, and for changes one that was proven a moment ago.

Every change of contact, factor or password, closing, export and mandate asks `recently`. A view does:

    session = signed_in()
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from idp.authenticators.methods import Holdings, reachable
from idp.sessions import Session
from idp.signin import Wish
from idp.subscribers.hold import Hold, hold_on
from idp.web import cookies
from idp.web.extensions import services
from idp.web.guards import current_session
from idp.web.rooms import devices, directory, methods
from idp.web.signin.pages import too_many_page

__all__ = ["RECENT", "held", "recently", "signed_in"]

RECENT = timedelta(minutes=10)
# A lost authenticator of the highest level must be removable with another one.
ENOUGH = 2


def signed_in() -> Session | Response:
    """The session of this browser, or the redirect to a sign-in that comes back to this page."""
    session = current_session()
    return _sign_in(_wish()) if session is None else session


def recently(session: Session, level: int | None = None, *, password: bool = False) -> Response | None:
    """None when the person proved who they are within ten minutes, at `level`; else the redirect to do so.

    Without `level`: the highest that the person's factors allow, at most 2. While changes are locked (after "this was
    not me") there is no redirect but a plain page, for whoever is signed in; but for `password`, the page of a new
    password, which stays open to somebody with a second factor on a device that was known before.
    """
    person = directory().get(session.subscriber_id)
    now = services().clock.now()
    if person is None:
        return _sign_in(_wish())
    hold, holdings = hold_on(person, now), methods().held_by(person)
    wanted = level if level is not None else min(ENOUGH, reachable(holdings))
    if hold is not None:
        opens = _opens_password(session, hold, holdings)
        if not (opens and password):
            return _locked_page(hold, opens=opens)
        wanted = max(wanted, ENOUGH)
    if now - session.authenticated_at > RECENT:
        return _sign_in(_wish("too_long_ago", wanted))
    if session.aal < wanted:
        return _sign_in(_wish("level", wanted), step_up=session)
    return None


def held(session: Session) -> Hold | None:
    """The hold on changes of this person, None while there is none."""
    person = directory().get(session.subscriber_id)
    return None if person is None else hold_on(person, services().clock.now())


def _opens_password(session: Session, hold: Hold, holdings: Holdings) -> bool:
    """True where a new password may be set under the hold, once a second factor is proven too.

    The session began under it, on a device, still this one, that was known before the stranger was there. Somebody
    with the old password alone has no such device, somebody with a session alone not the password that is asked for.
    """
    if session.device_id is None or devices().find(cookies.device(), session.subscriber_id) != session.device_id:
        return False
    known = hold.older(devices().known_since(session.subscriber_id, session.device_id))
    return known and hold.newer(session.authenticated_at) and holdings.password and reachable(holdings) >= ENOUGH


def _locked_page(hold: Hold, *, opens: bool) -> Response:
    page = render_template(
        "account/locked.html",
        until=hold.until,
        home_url=url_for("account.home"),
        password_url=url_for("account.password") if opens else None,
        recover_url=url_for("recovery.start"),
    )
    return make_response(page, 403)


def _sign_in(wish: Wish, step_up: Session | None = None) -> Response:
    shared = services()
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return too_many_page(refusal, url_for("signin.start"))
    transaction = shared.transactions.open(None, cookies.ensure_browser(), step_up=step_up, wish=wish)
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


def _wish(reason: str = "", wanted: int = 0) -> Wish:
    """A sign-in that comes back to this page, by its name. What was posted is not posted again: the form is shown."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = (None, {}) if adapter is None else adapter.match(request.path, method="GET")
    except HTTPException:
        return Wish(reason, wanted)
    named = tuple((name, str(value)) for name, value in arguments.items())
    return Wish(reason, wanted, next_page=endpoint, next_arguments=named)
