"""The appointment that was made: to print, to change, and to give up."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, State, grouped
from enrollment.centres import Centre
from enrollment.errors import Refusal
from enrollment.web.booking.blueprint import asked, booking, mine, refusal_page
from enrollment.web.booking_rooms import bookings
from enrollment.web.rooms import centres
from enrollment.web.staff.reach import new_key
from idp.web.account.qr import qr_code
from idp.web.extensions import db

__all__ = ["end", "ended", "kept"]


@booking.get("/book/<aid>")
def kept(aid: str) -> Response:
    """When and where, and what to bring."""
    found = mine(aid)
    if isinstance(found, Response):
        return found
    case = found[1]
    if case.state is not State.BOOKED:
        on = "booking.details" if case.state is State.PRE_DRAFT else "booking.places"
        return redirect(url_for(on, aid=aid), code=303)
    return _page("booking/kept.html", case)


@booking.get("/book/<aid>/end")
def end(aid: str) -> Response:
    """Ask once more: what is given up begins from the start."""
    found = mine(aid)
    return found if isinstance(found, Response) else _page("booking/end.html", found[1])


@booking.post("/book/<aid>/end")
def ended(aid: str) -> Response:
    """Give it up; the seat is somebody else's."""
    found = mine(aid)
    if isinstance(found, Response):
        return found
    moved = bookings().give_up(asked(found[0], aid))
    if isinstance(moved, Refusal):
        return refusal_page(moved)
    db.session.commit()
    return redirect(url_for("booking.start", said="ended"), code=303)


def _page(page: str, case: Case) -> Response:
    held = bookings().of(case.aid)
    centre = None if held is None else centres().find(held.centre_id)
    rendered = render_template(
        page,
        case=case,
        shown=grouped(case.aid),
        qr=qr_code(case.aid),
        appointment=held,
        centre=centre if isinstance(centre, Centre) else None,
        key=new_key(),
        change_url=url_for("booking.places", aid=case.aid),
        end_url=url_for("booking.end", aid=case.aid),
        end_action=url_for("booking.ended", aid=case.aid),
        back_url=url_for("booking.kept", aid=case.aid),
        start_url=url_for("booking.start"),
    )
    return make_response(rendered)
