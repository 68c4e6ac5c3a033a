"""Today: the first page of the staff, with what waits at the centre and the way to open a new application."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Guard, Kind, Moved, State, grouped
from enrollment.cases.casefile import Line
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.web.booking_rooms import bookings
from enrollment.web.centre_rooms import accounts, identifiers, proven_accounts
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page, sign_in_again
from enrollment.web.staff.reach import new_key
from idp.web.extensions import db, services

__all__ = ["KINDS", "again", "lines", "open_case", "today"]

# What an officer opens at the counter; a death is the registrar's, an import a worker's.
KINDS = (Kind.NEW, Kind.CHILD, Kind.UPDATE, Kind.CORRECTION, Kind.LOST, Kind.REENROL)
# What concerns somebody who has a number already, which is typed or shown.
# At a centre for training: what is about nobody's record.
PRACTISED = frozenset({Kind.NEW, Kind.CHILD})
_OF_KNOWN = frozenset({Kind.UPDATE, Kind.CORRECTION, Kind.REENROL})
MAX_NUMBER = 40
# Where those begin who open no applications.
_HOMES = (
    (Role.SUPERVISOR, "staff.review"),
    (Role.ADJUDICATOR, "adjudicators.queue"),
    (Role.REGISTRAR, "staff.appeals"),
    (Role.ADMIN, "managing.places"),
    (Role.SECURITY, "managing.role_requests"),
    (Role.SUPPORT, "people.ask"),
    (Role.AUDITOR, "statistics.centre"),
)
_LISTS: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("returned", (State.RETURNED,)),
    ("capturing", (State.CAPTURING,)),
    ("recapture", (State.RECAPTURE,)),
    ("signed", (State.SIGNED, State.IN_REVIEW)),
)


@staff.get("/staff")
def today() -> Response:
    """What waits, oldest first; whoever only reviews sees what waits for a review."""
    here = present()
    if isinstance(here, Response):
        return here
    home = None if here.actor.holds(Role.OFFICER) else _home(here.actor)
    return _today(here) if home is None else redirect(url_for(home), code=303)


def _home(by: Actor) -> str | None:
    return next((endpoint for role, endpoint in _HOMES if by.holds(role)), None)


def _today(here: Present, errors: list[tuple[str, str]] | None = None, kind: str = Kind.NEW) -> Response:
    held = cases()
    lists = [(name, lines(here, held.files.queue(here.actor, states))) for name, states in _LISTS]
    return shown_page(
        here,
        "officer/today.html",
        400 if errors else 200,
        errors=errors or [],
        kind=kind,
        lists=lists,
        kinds=[kind.value for kind in KINDS],
        officer=here.actor.holds(Role.OFFICER),
        key=new_key(),
        now=services().clock.now(),
        expected=_expected(here.actor) if here.actor.holds(Role.OFFICER) else [],
        said=request.args.get("said", ""),
        open_action=url_for("staff.open_case"),
        find_url=url_for("staff.find"),
    )


@staff.get("/staff/again")
def again() -> Response:
    """Sign in anew, with a passkey this time, and come back to the first page."""
    return sign_in_again("level", "staff.today")


@staff.post("/staff/cases")
def open_case() -> Response:
    """Somebody stands at the counter: open an application, once for each form."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    kind = request.form.get("kind", "")
    if kind not in {one.value for one in KINDS}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "kind"))
    if Kind(kind) not in PRACTISED and cases().access.practises(here.actor.centre_id):
        return refusal_page(Refusal(Code.ENR_GUARD, Guard.REAL.value))
    known = _known(here.actor, Kind(kind), request.form.get("number", "")[:MAX_NUMBER].strip())
    if isinstance(known, Refusal):
        # Somebody who tries numbers is to be seen.
        cases().access.refuse(here.actor, "", "open", known)
        fault = "nin_unknown" if known.code is Code.NIN_UNKNOWN else "nin_wrong"
        return _today(here, [("number", fault)], kind)
    person_id, subscriber_id = known
    opened = cases().lifecycle.open(
        here.actor, Kind(kind), request.form.get("key", ""), person_id=person_id, subscriber_id=subscriber_id
    )
    if not isinstance(opened, Moved):
        return refusal_page(opened)
    db.session.commit()
    return redirect(url_for("staff.case", aid=opened.aid), code=303)


def _known(by: Actor, kind: Kind, typed: str) -> tuple[UUID | None, UUID | None] | Refusal:
    """The person of the register whom it is about, and their account, by the number that was typed.

    An officer whose own it is gets `ENR_OWN` from the life cycle. Refused: `NIN_CHECK`, `NIN_UNKNOWN`.
    """
    if kind not in _OF_KNOWN or (kind is Kind.REENROL and not typed):
        return None, None
    found = identifiers().find(typed)
    if isinstance(found, Refusal):
        return found
    if not found.active:
        return Refusal(Code.NIN_UNKNOWN)
    own = by.subscriber_id if by.subscriber_id in accounts().of_person(found.person_id) else None
    return found.person_id, own or next(iter(proven_accounts().of_person(found.person_id)), None)


def _expected(by: Actor) -> list[dict[str, Any]]:
    """Who has an appointment here today, by time."""
    if by.centre_id is None:
        return []
    midnight = services().clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {
            "at": one.starts_at,
            "shown": grouped(one.aid),
            "came": one.state != "booked",
            "url": url_for("staff.case", aid=one.aid),
        }
        for one in bookings().expected(by.centre_id, midnight, midnight + timedelta(days=1))
    ]


def lines(here: Present, found: list[Line]) -> list[dict[str, Any]]:
    """Rows of a list: numbers and states, and nothing of what people said."""
    return [
        {
            "aid": line.case.aid,
            "shown": grouped(line.case.aid),
            "kind": line.case.kind.value,
            "state": line.case.state.value,
            "changed_at": line.case.changed_at,
            "due_at": line.case.due_at,
            "mine": line.case.officer_id == here.actor.subscriber_id,
            "flags": line.flags,
            "url": url_for("staff.case", aid=line.case.aid),
        }
        for line in found
    ]
