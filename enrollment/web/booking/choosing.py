"""Choosing a centre, then a day and a time there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, State
from enrollment.centres import Centre
from enrollment.errors import Code, Refusal
from enrollment.web.booking.blueprint import asked, booking, mine, not_counted, refusal_page, too_often
from enrollment.web.booking_rooms import bookings, calendar
from enrollment.web.rooms import centres, divisions
from enrollment.web.staff.reach import new_key
from idp.web import language
from idp.web.extensions import db
from idp.web.signin.pages import Errors

__all__ = ["book", "places", "times"]

CHOOSES = (State.PRE_SUBMITTED, State.BOOKED)


@booking.get("/book/<aid>/centre")
def places(aid: str) -> Response:
    """Centres with appointments, by district, with the first free day of each."""
    found = mine(aid, CHOOSES)
    if isinstance(found, Response):
        return found
    page = render_template("booking/places.html", case=found[1], rows=_places(aid))
    return make_response(page)


@booking.get("/book/<aid>/centre/<uuid:centre_id>")
def times(aid: str, centre_id: UUID) -> Response:
    """The days of a centre, and the times of one of them."""
    found = mine(aid, CHOOSES)
    return found if isinstance(found, Response) else _times_page(found[1], centre_id)


@booking.post("/book/<aid>/centre/<uuid:centre_id>")
def book(aid: str, centre_id: UUID) -> Response:
    """Take the chosen time; whoever was slower chooses again."""
    found = mine(aid, CHOOSES)
    if isinstance(found, Response):
        return found
    by, case = found
    if language.switched():
        return _times_page(case, centre_id)
    chosen = _moment(request.form.get("time", ""))
    if chosen is None:
        return _times_page(case, centre_id, [("time", "time_missing")])
    waiting = too_often(by, "book")
    if waiting is not None:
        return waiting
    moved = bookings().book(asked(by, aid), centre_id, chosen)
    if isinstance(moved, Refusal) or moved.again:
        not_counted(by, "book")
    if isinstance(moved, Refusal) and (moved.code is Code.ENR_FULL or moved.about == "slot"):
        db.session.rollback()
        return _times_page(case, centre_id, [("time", "time_taken")])
    if isinstance(moved, Refusal):
        return refusal_page(moved)
    db.session.commit()
    return redirect(url_for("booking.kept", aid=aid), code=303)


def _times_page(case: Case, centre_id: UUID, errors: Errors = ()) -> Response:
    centre = centres().find(centre_id)
    free = calendar()
    days = free.days(centre_id)
    if isinstance(centre, Refusal) or not days:
        return refusal_page(Refusal(Code.ENR_UNKNOWN))
    wanted = _day(request.values.get("day", ""))
    open_days = [one.day for one in days if one.free]
    day = wanted if wanted in {one.day for one in days} else (open_days or [days[0].day])[0]
    slots = [slot for slot in free.slots(centre_id, day) if slot.free]
    page = render_template(
        "booking/times.html",
        case=case,
        centre=centre,
        days=[{"day": one.day, "free": one.free, "url": f"?day={one.day.isoformat()}"} for one in days],
        day=day,
        slots=slots,
        errors=errors,
        key=new_key(),
        action=url_for("booking.book", aid=case.aid, centre_id=centre_id),
        places_url=url_for("booking.places", aid=case.aid),
    )
    return make_response(page, 400 if errors else 200)


def _places(aid: str) -> list[dict[str, Any]]:
    free, parts = calendar(), {one.code: one.name for one in divisions().all()}
    rows = []
    for centre_id in free.centres():
        centre = centres().find(centre_id)
        days = [one for one in free.days(centre_id) if one.free]
        if isinstance(centre, Centre):
            rows.append(
                {
                    "name": centre.name,
                    "division": parts.get(centre.division_code, ""),
                    "first": days[0].day if days else None,
                    "url": url_for("booking.times", aid=aid, centre_id=centre.id),
                }
            )
    return sorted(rows, key=lambda row: (row["division"], row["name"]))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if len(text) <= 40 else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
