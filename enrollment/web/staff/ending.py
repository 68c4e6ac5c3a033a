"""Beginning to capture again, and giving an application up."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Reason, State
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import Event
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import order, present, refusal_page
from enrollment.web.staff.reach import reached
from idp.web.extensions import db

__all__ = ["begin", "cancel"]


@staff.post("/staff/cases/<aid>/begin")
def begin(aid: str) -> Response:
    """The person came, comes again, or what the supervisor returned is taken up."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    held = cases()
    found = reached(held, here.actor, aid, Role.OFFICER)
    if isinstance(found, Refusal):
        return refusal_page(found)
    asked = order(here, found.aid)
    moved = held.lifecycle.resume(asked) if found.state is State.RETURNED else held.lifecycle.start(asked)
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.case", aid=found.aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=found.aid), code=303)


@staff.post("/staff/cases/<aid>/cancel")
def cancel(aid: str) -> Response:
    """Give it up, for a reason. What was captured goes with it."""
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    reason = request.form.get("reason", "")
    if reason not in {one.value for one in REASONS[Event.CANCEL]}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "reason"), url_for("staff.case", aid=aid))
    moved = cases().lifecycle.cancel(order(here, aid), Reason(reason))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.today", said="cancelled"), code=303)
