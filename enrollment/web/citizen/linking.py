"""Claiming with an account that was there before the visit: its owner signs in, then joins the registration to it."""

from __future__ import annotations

from datetime import timedelta

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from enrollment.issuance.journeys import Journey
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.citizen.taking import done_page, load, over, take
from enrollment.web.claiming_rooms import claiming
from idp.errors import Refusal as IdpRefusal
from idp.signin import Wish
from idp.web import cookies
from idp.web.extensions import services
from idp.web.guards import current_session

__all__ = ["link", "linked"]

RECENT = timedelta(minutes=10)


@citizen.get("/claim/<secret>/link")
def link(secret: str) -> Response:
    """Say that the account is signed in to first, or that it is and can be joined."""
    journey = load(secret)
    if isinstance(journey, Response):
        return journey
    if not claiming().needs_sign_in(journey.aid):
        return redirect(url_for("citizen.ways", secret=secret), code=303)
    return _page(journey, _standing(journey))


@citizen.post("/claim/<secret>/link")
def linked(secret: str) -> Response:
    """Join the registration to the account of whoever is signed in, if it is the one that was named at the centre."""
    journey = load(secret)
    if isinstance(journey, Response):
        return journey
    standing = _standing(journey)
    if standing == "sign_in":
        return _sign_in(journey)
    if standing == "other":
        return _page(journey, standing)
    claimed = take(journey, lambda _: None, journey.subscriber_id)
    if isinstance(claimed, IdpRefusal):
        return over("later")
    return claimed if isinstance(claimed, Response) else done_page(journey, claimed, "linked")


def _standing(journey: Journey) -> str:
    """`ready`, `other` (somebody else is signed in), `sign_in` (nobody is, or too long ago)."""
    session = current_session()
    if session is None:
        return "sign_in"
    if session.subscriber_id != journey.subscriber_id:
        return "other"
    return "ready" if services().clock.now() - session.authenticated_at <= RECENT else "sign_in"


def _sign_in(journey: Journey) -> Response:
    """To a sign-in that comes back here."""
    arguments = (("secret", journey.secret),)
    wish = Wish("too_long_ago", 0, next_page="citizen.link", next_arguments=arguments)
    transaction = services().transactions.open(None, cookies.ensure_browser(), wish=wish)
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


def _page(journey: Journey, standing: str) -> Response:
    page = render_template(
        "citizen/link.html", standing=standing, action=url_for("citizen.linked", secret=journey.secret)
    )
    return make_response(page, 409 if standing == "other" else 200)
