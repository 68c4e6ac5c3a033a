"""When a centre receives people by appointment: hours of each weekday, and days on which it does not."""

from __future__ import annotations

from datetime import time
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.booking import Hours
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.booking_rooms import openings
from enrollment.web.managing.answers import centre_of, day_of, refused_here, today
from enrollment.web.managing.blueprint import managing
from enrollment.web.staff.guard import Present, present, shown_page
from idp.web.extensions import db

__all__ = ["close_day", "hours", "set_hours"]

_FIELDS = ("opens", "closes", "minutes", "seats")
_LONGEST = 8
Typed = dict[int, dict[str, str]]


@managing.get("/staff/centres/<uuid:centre_id>/hours")
def hours(centre_id: UUID) -> Response:
    """The hours as they are."""
    here = present(Role.ADMIN)
    return here if isinstance(here, Response) else _page(here, centre_id)


@managing.post("/staff/centres/<uuid:centre_id>/hours")
def set_hours(centre_id: UUID) -> Response:
    """Other hours from now on. A weekday without hours receives nobody by appointment."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    typed = {
        weekday: {name: request.form.get(f"{name}-{weekday}", "")[:_LONGEST].strip() for name in _FIELDS}
        for weekday in range(7)
    }
    wanted, errors = [], []
    for weekday, values in typed.items():
        if not values["opens"] and not values["closes"]:
            continue
        read = _read(weekday, values)
        if read is None:
            errors.append((f"opens-{weekday}", "hours_wrong"))
        else:
            wanted.append(read)
    if errors:
        return _page(here, centre_id, typed, errors)
    done = openings().set_hours(here.actor, centre_id, wanted)
    if isinstance(done, Refusal):
        return refused_here(done, "managing.places")
    db.session.commit()
    return redirect(url_for("managing.hours", centre_id=centre_id, said="hours"), code=303)


@managing.post("/staff/centres/<uuid:centre_id>/closed-days")
def close_day(centre_id: UUID) -> Response:
    """Receive nobody by appointment on a day, or do after all."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    day = day_of(request.form.get("day", ""))
    if day is None or day < today():
        return _page(here, centre_id, errors=[("day", "day_wrong")])
    closed = request.form.get("open", "") != "yes"
    done = openings().set_closed(here.actor, centre_id, day, closed=closed)
    if isinstance(done, Refusal):
        return refused_here(done, "managing.places")
    db.session.commit()
    return redirect(url_for("managing.hours", centre_id=centre_id, said="closed" if closed else "opened"), code=303)


def _page(
    here: Present, centre_id: UUID, typed: Typed | None = None, errors: list[tuple[str, str]] | None = None
) -> Response:
    found = centre_of(here.actor, centre_id)
    if isinstance(found, Refusal):
        return refused_here(found, "managing.places")
    held = openings()
    known = {
        one.weekday: {
            "opens": one.opens.strftime("%H:%M"),
            "closes": one.closes.strftime("%H:%M"),
            "minutes": str(one.minutes),
            "seats": str(one.seats),
        }
        for one in held.of(centre_id)
    }
    return shown_page(
        here,
        "managing/hours.html",
        400 if errors else 200,
        centre=found,
        typed=typed or known,
        closed=held.closed(centre_id, today()),
        errors=errors or [],
        said=request.args.get("said", ""),
        address=url_for("managing.hours", centre_id=centre_id),
        closed_action=url_for("managing.close_day", centre_id=centre_id),
        centre_url=url_for("managing.centre", centre_id=centre_id),
    )


def _read(weekday: int, values: dict[str, str]) -> Hours | None:
    sizes = [values[name] for name in ("minutes", "seats")]
    if not all(size.isascii() and size.isdigit() and len(size) <= 3 for size in sizes):
        return None
    try:
        opens, closes = time.fromisoformat(values["opens"]), time.fromisoformat(values["closes"])
    except ValueError:
        return None
    if opens.tzinfo is not None or closes.tzinfo is not None:
        return None
    found = Hours(weekday, opens, closes, int(sizes[0]), int(sizes[1]))
    return found if found.possible else None
