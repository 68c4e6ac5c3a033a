"""Who works at a centre on which days: posting somebody, and ending a posting."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Days, Role
from enrollment.errors import Code, Refusal
from enrollment.web.managing.answers import MAX_TYPED, account_called, centre_of, day_of, refused_here
from enrollment.web.managing.blueprint import managing
from enrollment.web.managing.places import centre_page
from enrollment.web.rooms import postings, stations
from enrollment.web.staff.guard import present
from idp.web.extensions import db

__all__ = ["end_posting", "post"]

_FAULTS = {
    (Code.ENR_SCHEMA, "days"): ("first", "days_wrong"),
    (Code.ENR_EXISTS, "posting"): ("person", "posted_already"),
    (Code.ENR_UNKNOWN, "person"): ("person", "person_unknown"),
    (Code.ENR_STATE, "centre"): ("person", "centre_closed"),
    (Code.ENR_DEVICE, ""): ("station", "station_wrong"),
}


@managing.post("/staff/centres/<uuid:centre_id>/postings")
def post(centre_id: UUID) -> Response:
    """Post a member of staff, by sign-in name; a supervisor to the own centre only."""
    here = present(Role.ADMIN, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in ("person", "first", "last", "station")}
    found = centre_of(here.actor, centre_id)
    if isinstance(found, Refusal):
        return refused_here(found, "staff.today")
    person, days, station_id = account_called(typed["person"]), _days(typed), _station(typed["station"])
    faults = [] if person is not None else [("person", "person_unknown")]
    faults += [] if days is not None else [("first", "days_wrong")]
    faults += [("station", "station_wrong")] if isinstance(station_id, Refusal) else []
    if person is None or days is None or isinstance(station_id, Refusal):
        return centre_page(here, centre_id, faults, typed)
    made = postings().post(here.actor, person.id, centre_id, days, station_id)
    if isinstance(made, Refusal) and (made.code, made.about) in _FAULTS:
        return centre_page(here, centre_id, [_FAULTS[made.code, made.about]], typed)
    if isinstance(made, Refusal):
        return refused_here(made, "managing.centre", centre_id=centre_id)
    db.session.commit()
    day = days.first.isoformat()
    return redirect(url_for("managing.centre", centre_id=centre_id, said="posted", day=day), code=303)


@managing.post("/staff/postings/<uuid:posting_id>/end")
def end_posting(posting_id: UUID) -> Response:
    """It ends now, in the middle of the day if need be."""
    here = present(Role.ADMIN, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    done = postings().end(here.actor, posting_id)
    if isinstance(done, Refusal):
        return refused_here(Refusal(done.code, "posting"), "managing.places")
    db.session.commit()
    return redirect(url_for("managing.centre", centre_id=done.centre_id, said="ended"), code=303)


def _days(typed: dict[str, str]) -> Days | None:
    first, last = day_of(typed["first"]), day_of(typed["last"] or typed["first"])
    return None if first is None or last is None else Days(first, last)


def _station(code: str) -> UUID | Refusal | None:
    """The machine that people call so; none where nothing was typed."""
    if not code:
        return None
    found = stations().with_code(code.upper())
    return found if isinstance(found, Refusal) else found.id
