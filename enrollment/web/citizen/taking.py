"""The one transaction of a claim: slip, account, factor and application, all of them or none.

Whoever is interrupted comes again with the same slip. No session begins here, so that a computer that others use
forgets the person at once.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Applicant, Moved, Order, grouped
from enrollment.cases.access import Wish
from enrollment.cases.orders import Hand
from enrollment.errors import Code, Refusal
from enrollment.issuance import Claimed
from enrollment.issuance.journeys import Journey
from enrollment.register import shown
from enrollment.web.claiming_rooms import claiming, issuing_rooms, journeys
from enrollment.web.rooms import cases
from idp.audit import AuditEvent, Event
from idp.errors import Refusal as IdpRefusal
from idp.subscribers.profile import Identity
from idp.telemetry import refused
from idp.web import cookies
from idp.web.extensions import db, services
from idp.web.rooms import directory, trail

__all__ = ["done_page", "identity_of", "load", "over", "take"]

# Sets up the factor of the account that has just become its owner's.
SetUp = Callable[[UUID], IdpRefusal | None]


def load(secret: str) -> Journey | Response:
    """The claim of this address, for the browser that began it; else the page that says to begin again."""
    journey = journeys().load(secret, cookies.browser())
    if isinstance(journey, IdpRefusal):
        refused(journey.code.value)
        return over("unknown")
    return journey


def take(journey: Journey, set_up: SetUp, signed_in: UUID | None = None) -> Claimed | IdpRefusal | Response:
    """Everything or nothing. A refusal of the factor can be mended on its page; of the rest, a page tells."""
    outcome = claiming().claim(journey.aid, journey.code, signed_in=signed_in)
    if isinstance(outcome, Refusal):
        return _refused(journey, outcome)
    unfit = set_up(outcome.subscriber_id)
    if unfit is not None:
        db.session.rollback()
        return unfit
    moved = _moved(journey, outcome.subscriber_id)
    if isinstance(moved, Refusal) or not journeys().close(journey):
        return _refused(journey, moved if isinstance(moved, Refusal) else Refusal(Code.ENR_STATE, "journey"))
    db.session.commit()
    return outcome


def identity_of(journey: Journey) -> Identity | None:
    """What the account is called, and what is recorded in it."""
    people = directory()
    person = people.get(journey.subscriber_id)
    return None if person is None else people.identity(person)


def done_page(journey: Journey, claimed: Claimed, way: str, codes: list[str] | None = None) -> Response:
    """It is theirs. `way`: `passkey`, `password`, `linked`; `codes` are shown in this answer alone (AC-075)."""
    nin, identity = issuing_rooms().identifiers.nin_of(claimed.person_id), identity_of(journey)
    context = {
        "way": way,
        "number": None if nin is None else shown(nin),
        "username": "" if identity is None else identity.username,
        "application": grouped(journey.aid),
        "codes": codes or [],
        "made_at": services().clock.now(),
        "issuer": services().options.issuer,
        "account_url": url_for("account.home"),
    }
    page = render_template("citizen/done.html", **context)
    db.session.commit()
    return make_response(page)


def over(why: str) -> Response:
    """Why nothing more happens here: `unknown`, `slip` (good no more), `later` (the application is not ready)."""
    page = render_template("citizen/over.html", why=why, again_url=url_for("citizen.start"))
    return make_response(page, 400 if why == "unknown" else 409)


def _moved(journey: Journey, subscriber_id: UUID) -> Moved | Refusal:
    held, by = cases(), Applicant(subscriber_id)
    found = held.access.reach(by, journey.aid, Wish("claim", (Hand.APPLICANT,), lock=True))
    if isinstance(found, Refusal):
        return found
    shared = services()
    return held.lifecycle.claim(Order(by, journey.aid, found.version, str(shared.entropy.uuid()), shared.clock.now()))


def _refused(journey: Journey, refusal: Refusal) -> Response:
    """A slip that is good no more is counted; after anything else it stays good, and only the no is written down."""
    refused(refusal.code.value)
    if refusal == Refusal(Code.ENR_UNKNOWN, "slip"):
        db.session.commit()
        return over("slip")
    db.session.rollback()
    body = {"case": journey.aid}
    trail().append(AuditEvent(Event.SLIP_REFUSED, subscriber_id=journey.subscriber_id, body=body))
    db.session.commit()
    return over("later")
