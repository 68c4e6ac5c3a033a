"""The page of one application: the form while it is captured, else where it stands and what can be done about it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, Cases, Reason, State, grouped
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import Event, rule_for
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.form import form_page
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key, reached

__all__ = ["case"]

# After signing there is a receipt, printed as often as it is asked for.
_UNSIGNED = frozenset({State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED, State.PRE_EXPIRED, State.CAPTURING})


@staff.get("/staff/cases/<aid>")
def case(aid: str) -> Response:
    """One application; another centre's does not exist."""
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    held = cases()
    found = reached(held, here.actor, aid)
    if isinstance(found, Refusal):
        return refusal_page(found)
    if found.state is State.CAPTURING and here.actor.holds(Role.OFFICER):
        return form_page(here, found.aid)
    return shown_page(
        here,
        "officer/case.html",
        case=found,
        shown=grouped(found.aid),
        steps=_steps(held, here, found),
        exceptions=held.exceptions.listed(found.aid) if found.state is State.CAPTURING else [],
        can=_possible(here, found),
        reasons=sorted(reason.value for reason in REASONS[Event.CANCEL] - {Reason.DIED}),
        appeal_reasons=sorted(REASONS[Event.APPEAL]),
        said=request.args.get("said", ""),
        key=new_key(),
        begin_action=url_for("staff.begin", aid=found.aid),
        appeal_action=url_for("staff.appeal", aid=found.aid),
        cancel_action=url_for("staff.cancel", aid=found.aid),
        receipt_url=None if found.state in _UNSIGNED else url_for("staff.receipt", aid=found.aid),
        review_url=url_for("staff.review_case", aid=found.aid),
        slip_url=url_for("staff.slip", aid=found.aid) if _has_slip(here, found) else None,
        today_url=url_for("staff.today"),
    )


def _steps(held: Cases, here: Present, found: Case) -> list[dict[str, Any]]:
    """The history: what happened, when and why; who is not said, since that is no matter of the counter's."""
    history = held.files.history(here.actor, found.aid) if here.actor.centre_id == found.centre_id else []
    if isinstance(history, Refusal):
        return []
    return [{"event": one.event, "after": one.after, "reason": one.reason, "at": one.at} for one in history]


def _possible(here: Present, found: Case) -> set[str]:
    """What the table of transitions allows one of this person's roles now; conditions are asked when it is done."""
    wanted = (Event.START, Event.RESUME, Event.CANCEL, Event.TAKE_UP, Event.APPROVE, Event.APPEAL)
    rules = {event: rule_for(found.kind, found.state, event) for event in wanted}
    return {event.value for event, rule in rules.items() if rule is not None and rule.roles & here.actor.roles}


def _has_slip(here: Present, found: Case) -> bool:
    return found.state is State.BOUND and here.actor.holds(Role.OFFICER)
