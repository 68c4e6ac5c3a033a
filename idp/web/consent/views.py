"""Views of the consent page. What is shown and what is granted come from one offer, built anew each time."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.consent import Offer, make_offer
from idp.consent.offer import OFFLINE, Shown
from idp.errors import Refusal
from idp.sessions import Session
from idp.signin import Move, State, Transaction
from idp.subscribers import ClaimsRequest
from idp.subscribers.profile import display_name
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.naming import named
from idp.web.rooms import consents, directory
from idp.web.signin.pages import Errors, client_of, go_on, prepare, transaction_refused

__all__ = ["consent"]

consent = Blueprint("consent", __name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that may be put to this very person now."""

    transaction: Transaction
    session: Session
    person: str
    country: str | None
    offer: Offer


@consent.get("/consent/<transaction_id>")
def ask(transaction_id: str) -> Response:
    """Show what the service asks for, with the real values."""
    asked = _asked(transaction_id)
    return _page(asked) if isinstance(asked, _Asked) else asked


@consent.post("/consent/<transaction_id>")
def decide(transaction_id: str) -> Response:
    """Take the person's decision."""
    asked = _asked(transaction_id)
    if not isinstance(asked, _Asked):
        return asked
    ticked = frozenset(request.form.getlist("field"))
    if language.switched():
        return _page(asked, ticked)
    decisions = request.form.getlist("decision")
    if decisions == ["allow"]:
        return _allow(asked, ticked)
    if decisions == ["deny"]:
        return _deny(asked)
    return _page(asked, ticked, errors=[("", "decision_missing")])


def _allow(asked: _Asked, ticked: frozenset[str]) -> Response:
    granted = consents().grant(asked.session.subscriber_id, asked.offer, ticked, session_id=asked.session.id)
    if isinstance(granted, Refusal):
        db.session.rollback()
        refused(granted.code.value)
        return _page(asked, errors=[("", granted.code.value)])
    db.session.commit()
    return go_on(asked.transaction)


def _deny(asked: _Asked) -> Response:
    moved = services().transactions.advance(asked.transaction, Move.DENY)
    if isinstance(moved, Refusal):
        return transaction_refused(moved, asked.transaction.id)
    consents().decline(asked.session.subscriber_id, asked.offer, session_id=asked.session.id)
    db.session.commit()
    return go_on(moved)


def _asked(transaction_id: str) -> _Asked | Response:
    """The request for the person who is signed in, or where to go instead (to the pending step: AC-070)."""
    transaction = services().transactions.load(transaction_id, cookies.browser())
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.CONSENT or transaction.request is None:
        return go_on(transaction)
    session = current_session()
    if session is None:
        return redirect(url_for("authorize.resume", transaction_id=transaction_id), code=303)
    if session.subscriber_id != transaction.subscriber_id:
        return _for_another(transaction, session)
    return _offered(transaction, session)


def _for_another(transaction: Transaction, session: Session) -> Response:
    """Somebody else signed in meanwhile (another tab): they are shown their own details before they can decide."""
    moved = services().transactions.advance(transaction, Move.RECOGNISE, subscriber_id=session.subscriber_id)
    if isinstance(moved, Refusal):
        return transaction_refused(moved, transaction.id)
    return redirect(url_for("consent.ask", transaction_id=transaction.id), code=303)


def _offered(transaction: Transaction, session: Session) -> _Asked | Response:
    parked = transaction.request or {}
    client, claims = client_of(transaction), ClaimsRequest.parse(parked["claims"])
    people = directory()
    person = people.get(session.subscriber_id)
    identity = None if person is None else people.identity(person)
    if client is None or isinstance(claims, Refusal) or identity is None:
        return redirect(url_for("authorize.resume", transaction_id=transaction.id), code=303)
    offer = make_offer(
        client,
        parked["scope"],
        claims,
        identity.claims,
        held=consents().current(session.subscriber_id, client.client_id),
        now=services().clock.now(),
    )
    country = identity.claims.get("address", {}).get("country")
    return _Asked(transaction, session, display_name(identity), country, offer)


def _page(asked: _Asked, ticked: frozenset[str] | None = None, *, errors: Errors = ()) -> Response:
    offer, shown = asked.offer, prepare(asked.transaction)
    fields = [
        {
            "name": line.claim,
            "value": _readable(line.value, asked.country),
            "essential": line.essential,
            "checked": line.checked if ticked is None else line.claim in ticked,
        }
        for line in offer.fields
    ]
    days = int(services().deps.lifetimes.refresh_absolute.days)
    away = {
        "days": days,
        "essential": False,
        "checked": offer.offline_checked if ticked is None else OFFLINE in ticked,
    }
    page = render_template(
        "consent/ask.html",
        **shown,
        action=url_for("consent.decide", transaction_id=asked.transaction.id),
        switch_action=url_for("signin.restart", transaction_id=asked.transaction.id),
        purpose=offer.client.purpose_in(language.current().tag),
        person=asked.person,
        fields=fields,
        subject_kind=offer.client.subject_type.value,
        long_access=away if offer.offline else None,
        lasts_until=offer.expires_at,
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def _readable(value: Shown, country: str | None) -> Shown:
    """The last line of an address is the country, recorded as its code."""
    if not isinstance(value, list) or country is None or value[-1:] != [country]:
        return value
    return [*value[:-1], str(named(country, "country"))]
