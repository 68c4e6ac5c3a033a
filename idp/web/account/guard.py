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

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from idp.authenticators.assurance import EMAIL, SMS
from idp.authenticators.methods import STAFF, Holdings, reachable, wants_second
from idp.authenticators.newcomers import NEW_FOR
from idp.selfservice.contacts import STOPPABLE
from idp.sessions import Session
from idp.signin import Wish
from idp.subscribers.hold import Hold, hold_on, take_turn
from idp.web import cookies
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import devices, directory, methods, newcomers
from idp.web.selfservice_rooms import contact_changes
from idp.web.signin.pages import too_many_page

__all__ = ["ADDS", "PLAIN", "RECENT", "Change", "held", "recently", "signed_in"]

RECENT = timedelta(minutes=10)
# A lost authenticator of the highest level must be removable with another one.
ENOUGH = 2
CONTACT_CODES = frozenset({EMAIL, SMS})


def signed_in() -> Session | Response:
    """The session of this browser, or the redirect to a sign-in that comes back to this page."""
    session = current_session()
    return _sign_in(_wish()) if session is None else session


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be changed, where a rule of its own holds for it.

    `password`: a new password. `adds`: a way to sign in is added. `removes`: one is taken away that was added then.
    """

    password: bool = False
    adds: bool = False
    removes: datetime | None = None


ADDS = Change(adds=True)
PLAIN = Change()


def recently(session: Session, level: int | None = None, change: Change = PLAIN) -> Response | None:
    """None when the person proved who they are within ten minutes, at `level`; else the redirect to do so.

    Without `level`: the highest that the person's factors allow, at most 2. Whoever adds a way to sign in and has
    nothing but a password (printed codes are made to be used up, not to be asked for here) shows a code to a verified
    address too, where there is one: a password that somebody else knows must not become a lasting way in.

    While changes are locked (after "this was not me") there is no redirect but a plain page, for whoever is signed in.
    Two pages stay open on a device that was known before: that of a new password, and the removal of what is new.
    """
    if request.method == "POST":  # "this was not me" waits for what is done now, or this finds what it did
        take_turn(db.session(), session.subscriber_id)
    person = directory().get(session.subscriber_id)
    now = services().clock.now()
    if person is None:
        return _sign_in(_wish())
    hold, holdings = hold_on(person, now), methods().held_by(person)
    contact = change.adds and person.group != STAFF and _shows_contact(holdings)
    counted = replace(holdings, recovery_codes=0) if contact else holdings
    wanted = level if level is not None else min(ENOUGH, reachable(counted))
    if hold is not None:
        opens = _opens_password(session, hold, holdings)
        if not (opens and change.password) and not _opens_removal(session, hold, change.removes):
            return _locked_page(hold, opens=opens)
        contact = change.password and wanted < ENOUGH
    if now - session.authenticated_at > RECENT:
        return _sign_in(_wish("too_long_ago", wanted, contact=contact))
    if session.aal < wanted or (contact and not CONTACT_CODES & set(session.amr)):
        return _sign_in(_wish("level", wanted, contact=contact), step_up=session)
    return None


def held(session: Session) -> Hold | None:
    """The hold on changes of this person, None while there is none."""
    person = directory().get(session.subscriber_id)
    return None if person is None else hold_on(person, services().clock.now())


def _opens_password(session: Session, hold: Hold, holdings: Holdings) -> bool:
    """True where a new password may be set under the hold, once a second factor is proven too.

    The session began under it, on a device, still this one, that was known before the stranger was there. Somebody
    with the old password alone has no such device, somebody with a session alone not the password that is asked for.
    Without any second factor, a code to an address that was theirs well before stands in for it.
    """
    known = _surely_theirs(session, hold)
    if not (known and hold.newer(session.authenticated_at) and holdings.password):
        return False
    if reachable(holdings) >= ENOUGH:
        return _factors_stood(session, hold)
    return _shows_contact(holdings) and contact_changes().settled(session.subscriber_id, hold.since or hold.until)


def _surely_theirs(session: Session, hold: Hold) -> bool:
    """True on a device that was known longer than a notice about it can be answered, or that the account began on.

    Of several notices the owner may answer the newest: what is not older than all of them proves nothing.
    """
    since = _known_here_since(session)
    if since is None or session.device_id is None or not hold.older(since):
        return False
    return hold.older(since + NEW_FOR) or devices().opened_with(session.subscriber_id, session.device_id)


def _factors_stood(session: Session, hold: Hold) -> bool:
    """True where no second factor and no address is so new that a stranger may have added it."""
    newest = newcomers().newest(session.subscriber_id)
    if hold.since is None or (newest is not None and not hold.older(newest + NEW_FOR)):
        return False
    return contact_changes().settled(session.subscriber_id, hold.since - NEW_FOR + STOPPABLE)


def _opens_removal(session: Session, hold: Hold, added_at: datetime | None) -> bool:
    """True for the removal of what was new when the hold began, on a device that was known before it was added."""
    if added_at is None or hold.since is None or added_at < hold.since - NEW_FOR:
        return False
    known_since = _known_here_since(session)
    return known_since is not None and known_since < added_at


def _known_here_since(session: Session) -> datetime | None:
    """Since when the person is known on this very device; None where the session is not the device's."""
    if session.device_id is None or devices().find(cookies.device(), session.subscriber_id) != session.device_id:
        return None
    return devices().known_since(session.subscriber_id, session.device_id)


def _shows_contact(holdings: Holdings) -> bool:
    """True for whoever has a password, perhaps printed codes, and an address that a code can go to."""
    return not wants_second(holdings) and (holdings.email or holdings.phone)


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


def _wish(reason: str = "", wanted: int = 0, *, contact: bool = False) -> Wish:
    """A sign-in that comes back to this page, by its name. What was posted is not posted again: the form is shown."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = (None, {}) if adapter is None else adapter.match(request.path, method="GET")
    except HTTPException:
        return Wish(reason, wanted, contact=contact)
    named = tuple((name, str(value)) for name, value in arguments.items())
    return Wish(reason, wanted, next_page=endpoint, next_arguments=named, contact=contact)
