"""The roles of one account: those held, asking for another, taking one or all away."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.centre_rooms import approvals
from enrollment.web.managing.answers import MAX_TYPED, day_of, refused_here, sign_in_name
from enrollment.web.managing.blueprint import managing
from enrollment.web.managing.requests import DECIDERS
from enrollment.web.rooms import centres, colleagues, members, postings
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from idp.web.extensions import db

__all__ = ["ask_role", "end_role", "person"]

# Taken away together with one button, for somebody who leaves or is not to be trusted any more.
EVERY = "every"
_FAULTS = {
    (Code.ENR_SCHEMA, "until"): ("until", "until_past"),
    (Code.ENR_UNKNOWN, ""): ("role", "not_for_this_account"),
    (Code.ENR_EXISTS, "role"): ("role", "role_held"),
    (Code.ENR_EXISTS, "approval"): ("role", "role_asked"),
    (Code.ENR_GUARD, "clash"): ("role", "role_clash"),
}


@managing.get("/staff/people/<uuid:person_id>")
def person(person_id: UUID) -> Response:
    """What an account may do, and where its holder works; nothing else of the person."""
    here = present(*DECIDERS)
    return here if isinstance(here, Response) else _page(here, person_id)


@managing.post("/staff/people/<uuid:person_id>/ask")
def ask_role(person_id: UUID) -> Response:
    """Ask for a role for somebody else; a second person gives it."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "managing.person", person_id=str(person_id))
    if redirected is not None:
        return redirected
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in ("role", "until")}
    day = day_of(typed["until"]) if typed["until"] else None
    faults = [] if typed["role"] in set(Role) else [("role", "role_missing")]
    faults += [("until", "day_wrong")] if typed["until"] and day is None else []
    if faults:
        return _page(here, person_id, faults, typed)
    until = None if day is None else datetime.combine(day, time(), UTC) + timedelta(days=1)
    asked = approvals().ask(here.actor, person_id, Role(typed["role"]), until)
    if isinstance(asked, Refusal) and (asked.code, asked.about) in _FAULTS:
        return _page(here, person_id, [_FAULTS[asked.code, asked.about]], typed)
    if isinstance(asked, Refusal):
        return refused_here(asked, "managing.person", person_id=person_id)
    db.session.commit()
    return redirect(url_for("managing.person", person_id=person_id, said="asked"), code=303)


@managing.post("/staff/people/<uuid:person_id>/end")
def end_role(person_id: UUID) -> Response:
    """Take a role away, or every one, at once: one person is enough, and it can be asked for again."""
    here = present(*DECIDERS)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "managing.person", person_id=str(person_id))
    if redirected is not None:
        return redirected
    role = request.form.get("role", "")
    if role not in {*Role, EVERY}:
        return refused_here(Refusal(Code.ENR_SCHEMA, "role"), "managing.person", person_id=person_id)
    ended = (
        members().end_all(here.actor, person_id)
        if role == EVERY
        else members().end_role(here.actor, person_id, Role(role))
    )
    if isinstance(ended, Refusal):
        about = "role" if ended.code is Code.ENR_UNKNOWN else ended.about
        return refused_here(Refusal(ended.code, about), "managing.role_requests")
    db.session.commit()
    return redirect(url_for("managing.person", person_id=person_id, said="ended"), code=303)


def _page(
    here: Present, person_id: UUID, errors: list[tuple[str, str]] | None = None, typed: dict[str, str] | None = None
) -> Response:
    called = sign_in_name(person_id)
    if not called:
        return refused_here(Refusal(Code.ENR_UNKNOWN, "person"), "managing.role_requests")
    names = {one.id: one.name for one in centres().all()}
    return shown_page(
        here,
        "managing/person.html",
        400 if errors else 200,
        person=called,
        held=[(one.role.value, one.granted_at, one.until, one.founding) for one in members().roles(person_id)],
        postings=[(names.get(one.centre_id, ""), one.days) for one in postings().of_person(person_id)],
        roles=[one.value for one in Role],
        asks=here.actor.holds(Role.ADMIN) and not colleagues().are_one(here.actor.subscriber_id, person_id),
        errors=errors or [],
        typed=typed or {},
        said=request.args.get("said", ""),
        ask_action=url_for("managing.ask_role", person_id=person_id),
        end_action=url_for("managing.end_role", person_id=person_id),
        every=EVERY,
        back_url=url_for("managing.role_requests"),
    )
