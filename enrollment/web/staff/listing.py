"""Today: the first page of the staff, with what waits at the centre and the way to open a new application."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Kind, Moved, State, grouped
from enrollment.cases.casefile import Line
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page, sign_in_again
from enrollment.web.staff.reach import new_key
from idp.web.extensions import db, services

__all__ = ["KINDS", "again", "lines", "open_case", "today"]

# What an officer opens at the counter; a death is the registrar's, an import a worker's.
KINDS = (Kind.NEW, Kind.CHILD, Kind.UPDATE, Kind.CORRECTION, Kind.LOST, Kind.REENROL)
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
    if here.actor.holds(Role.SUPERVISOR) and not here.actor.holds(Role.OFFICER):
        return redirect(url_for("staff.review"), code=303)
    held = cases()
    lists = [(name, lines(here, held.files.queue(here.actor, states))) for name, states in _LISTS]
    return shown_page(
        here,
        "officer/today.html",
        lists=lists,
        kinds=[kind.value for kind in KINDS],
        officer=here.actor.holds(Role.OFFICER),
        key=new_key(),
        now=services().clock.now(),
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
    opened = cases().lifecycle.open(here.actor, Kind(kind), request.form.get("key", ""))
    if not isinstance(opened, Moved):
        return refusal_page(opened)
    db.session.commit()
    return redirect(url_for("staff.case", aid=opened.aid), code=303)


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
