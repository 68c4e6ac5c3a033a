"""Appeals, taken down at the counter or by a registrar and given to new people; an end put to an application late."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, Cases, Event, Reason, aid_of, grouped
from enrollment.cases.access import Wish
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import rule_for
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import order, present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key
from idp.web.extensions import db

__all__ = ["appeal", "appeal_case", "appeals", "cancel_late", "reopen"]

MAX_TYPED = 60
_DOES = (Event.APPEAL, Event.REOPEN, Event.CANCEL)


@staff.get("/staff/appeals")
def appeals() -> Response:
    """Appeals that wait for new people; and the way to any application by its number."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    typed = request.args.get("number", "")[:MAX_TYPED].strip()
    found = aid_of(typed)
    if found is not None:
        return redirect(url_for("staff.appeal_case", aid=found), code=303)
    return shown_page(
        here,
        "officer/appeals.html",
        400 if typed else 200,
        rows=[_row(one) for one in cases().files.appeals(here.actor)],
        typed=typed,
        errors=[("number", "number_wrong")] if typed else [],
        said=request.args.get("said", ""),
        action=url_for("staff.appeals"),
    )


@staff.get("/staff/appeals/<aid>")
def appeal_case(aid: str) -> Response:
    """Where an application stands, and what a registrar may do about it; nothing of what is in it."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    held = cases()
    found = _reached(held, here.actor, aid)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("staff.appeals"))
    history = held.files.history(here.actor, found.aid)
    rules = {event: rule_for(found.kind, found.state, event) for event in _DOES}
    return shown_page(
        here,
        "officer/appeal.html",
        case=found,
        shown=grouped(found.aid),
        steps=[] if isinstance(history, Refusal) else history,
        can={event.value for event, rule in rules.items() if rule is not None and Role.REGISTRAR in rule.roles},
        reasons={event.value: sorted(REASONS[event]) for event in (Event.APPEAL, Event.CANCEL)},
        key=new_key(),
        said=request.args.get("said", ""),
        back_url=url_for("staff.appeals"),
    )


@staff.post("/staff/cases/<aid>/appeal")
def appeal(aid: str) -> Response:
    """The applicant disagrees: taken down for them."""
    here = present(Role.OFFICER, Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    reason = request.form.get("reason", "")
    page = "staff.case" if here.actor.holds(Role.OFFICER) else "staff.appeal_case"
    if reason not in REASONS[Event.APPEAL]:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "reason"), url_for(page, aid=aid))
    moved = cases().lifecycle.appeal(order(here, aid), Reason(reason))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for(page, aid=aid))
    db.session.commit()
    return redirect(url_for(page, aid=aid, said="appeal"), code=303)


@staff.post("/staff/appeals/<aid>/reopen")
def reopen(aid: str) -> Response:
    """To two people who had no hand in it."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    moved = cases().lifecycle.reopen(order(here, aid))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.appeal_case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.appeals", said="reopened"), code=303)


@staff.post("/staff/appeals/<aid>/cancel")
def cancel_late(aid: str) -> Response:
    """End an application that is in the register's hands already, for a reason: applicants cannot do that any more."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    reason = request.form.get("reason", "")
    if reason not in REASONS[Event.CANCEL]:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "reason"), url_for("staff.appeal_case", aid=aid))
    moved = cases().lifecycle.cancel(order(here, aid), Reason(reason))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.appeal_case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.appeals", said="cancelled"), code=303)


def _reached(held: Cases, by: Actor, typed: str) -> Case | Refusal:
    return held.access.reach(by, aid_of(typed) or typed[:20], Wish("read", (Role.REGISTRAR,)))


def _row(one: Case) -> dict[str, Any]:
    return {
        "shown": grouped(one.aid),
        "kind": one.kind.value,
        "since": one.changed_at,
        "url": url_for("staff.appeal_case", aid=one.aid),
    }
