"""The blueprint of these pages, and what stands before each: who is signed in, and their own application."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.booking import BookingPolicy
from enrollment.cases import Applicant, Case, Kind, Order, State
from enrollment.cases.access import Wish
from enrollment.cases.orders import Hand
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from idp.telemetry import refused
from idp.web.account.guard import signed_in
from idp.web.extensions import db, services

__all__ = ["BEFORE", "KINDS", "asked", "booking", "mine", "not_counted", "refusal_page", "too_often"]

booking = Blueprint("booking", __name__)

BEFORE = (State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED)
"""States of an application before its person comes."""
KINDS = (Kind.NEW, Kind.CHILD)
"""What can be begun at home; what is about an existing record begins at the counter."""
_DAY_SECONDS = 86_400


def mine(aid: str, states: Collection[State] = BEFORE) -> tuple[Applicant, Case] | Response:
    """Whoever is signed in and their application, in one of these states; else the page that says why not."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    by = Applicant(session.subscriber_id)
    found = cases().access.reach(by, aid, Wish("book", (Hand.APPLICANT,)))
    if isinstance(found, Refusal):
        return refusal_page(found)
    return (by, found) if found.state in states else refusal_page(Refusal(Code.ENR_STATE, found.state.value))


def asked(by: Applicant, aid: str) -> Order:
    """The request that a form carries: the version that was on the page, and its idempotency key."""
    version = request.form.get("version", "")
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    return Order(by, aid, known, request.form.get("key", ""))


def too_often(by: Applicant, what: str) -> Response | None:
    """Count this once more for a day; the page that says so when it is too often.

    Each time that is taken is told by a message, and all of them share the text messages of a network.
    """
    count = services().ephemeral.count(_counted(by, what), limit=BookingPolicy().a_day, window_seconds=_DAY_SECONDS)
    if count.allowed:
        return None
    response = refusal_page(Refusal(Code.ENR_GUARD, "often"))
    response.headers["Retry-After"] = str(count.retry_after)
    return response


def not_counted(by: Applicant, what: str) -> None:
    """Nothing came of it, and no message was sent."""
    services().ephemeral.give_back(_counted(by, what))


def _counted(by: Applicant, what: str) -> str:
    return f"booking:{what}:{by.subscriber_id}"


def refusal_page(refusal: Refusal) -> Response:
    """A no in plain words with the way on; keeps its audit row."""
    db.session.rollback() if refusal.code is Code.ENR_FULL else db.session.commit()
    refused(refusal.code.value)
    status = 404 if refusal.code is Code.ENR_UNKNOWN and not refusal.about else 409
    if refusal == Refusal(Code.ENR_GUARD, "often"):
        status = 429
    page = render_template("booking/refused.html", code=refusal.code.value, back_url=url_for("booking.start"))
    return make_response(page, status)
