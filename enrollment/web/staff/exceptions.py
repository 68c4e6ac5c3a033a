"""Parts of the body that cannot be captured: noted by the officer, allowed by a supervisor who did not capture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import FACE, FINGERS, BodyException, Cases, Why
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.body import all_settled
from enrollment.web.staff.form import form_page
from enrollment.web.staff.guard import Present, present, refusal_page
from idp.web.extensions import db

__all__ = ["grant_exception", "note_all", "note_exception", "read_exceptions", "remove_exception"]

_LASTING = frozenset({Why.MISSING, Why.DEFORMED})
_PASSING = frozenset({Why.INJURED, Why.CHILD})
# Where a refused note belongs on the page.
_FIELDS = {"permanent": "lasting", "recall_on": "recall_on", "position": "position-face"}


@staff.post("/staff/cases/<aid>/exceptions")
def note_exception(aid: str) -> Response:
    """Note one for each ticked position; all of them or none."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    given, errors = read_exceptions()
    if errors:
        return form_page(here, aid, errors=errors)
    noted = note_all(cases(), here, aid, given)
    if isinstance(noted, Refusal):
        return refusal_page(noted, url_for("staff.case", aid=aid))
    if noted is not None:
        return form_page(here, aid, errors=[noted])
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved="exceptions", _anchor="exceptions"), code=303)


@staff.post("/staff/cases/<aid>/exceptions/<position>/remove")
def remove_exception(aid: str, position: str) -> Response:
    """It was none."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    refusal = cases().exceptions.remove(here.actor, aid, position)
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved="exceptions", _anchor="exceptions"), code=303)


@staff.post("/staff/cases/<aid>/exceptions/<position>/grant")
def grant_exception(aid: str, position: str) -> Response:
    """A supervisor saw it with their own eyes, and gives their word."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    granted = cases().exceptions.grant(here.actor, aid, position)
    if isinstance(granted, Refusal):
        return refusal_page(granted, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid), code=303)


def read_exceptions(photo_id: UUID | None = None) -> tuple[list[BodyException], list[tuple[str, str]]]:
    """What the form notes, one for each ticked position; or what is wrong in it, as pairs of field and code."""
    positions = [one for one in request.form.getlist("position") if one in {FACE, *FINGERS}]
    why, recall = request.form.get("why", ""), request.form.get("recall_on", "").strip()
    errors = [] if positions else [("position-face", "position_missing")]
    errors += [] if why in {one.value for one in Why} else [("why", "why_missing")]
    recall_on = _day(recall)
    errors += [("recall_on", "day_format")] if recall and recall_on is None else []
    if errors:
        return [], errors
    reason = Why(why)
    lasting = reason in _LASTING or (reason not in _PASSING and request.form.get("lasting") == "yes")
    return [BodyException(one, reason, lasting, photo_id, recall_on) for one in positions], []


def note_all(held: Cases, here: Present, aid: str, given: Sequence[BodyException]) -> tuple[str, str] | Refusal | None:
    """Note them all, or none: then the field and the code of what does not go, or the refusal.

    Once nothing is left to capture, the fingers that there are go to be compared.
    """
    for one in given:
        noted = held.exceptions.note(here.actor, aid, one)
        if isinstance(noted, Refusal) and noted.about in _FIELDS:
            db.session.rollback()
            return _FIELDS[noted.about], f"exception_{noted.about}"
        if isinstance(noted, Refusal):
            return noted
    desk = capture_desk()
    places = Refusal(Code.ENR_OBJECT) if desk is None else desk.places(here.actor, aid)
    if desk is not None and not isinstance(places, Refusal) and all_settled(places):
        desk.ask_comparison(here.actor, aid)
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
