"""Requests for roles: what waits for a second person, deciding it, and finding the account that one is about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Approval, Role
from enrollment.errors import Code, Refusal
from enrollment.web.centre_rooms import approvals
from enrollment.web.managing.answers import MAX_TYPED, account_called, refused_here, sign_in_name
from enrollment.web.managing.blueprint import managing
from enrollment.web.rooms import colleagues, members
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from idp.web.extensions import db

__all__ = ["decide_role", "find_person", "role_requests"]

DECIDERS = (Role.ADMIN, Role.SECURITY)
DECISIONS = ("approve", "decline", "withdraw")


@managing.get("/staff/roles")
def role_requests() -> Response:
    """What waits for a second pair of eyes; and who holds a role now."""
    here = present(*DECIDERS)
    return here if isinstance(here, Response) else _page(here)


@managing.post("/staff/roles/find")
def find_person() -> Response:
    """To the page of an account, by sign-in name: in a form, since names belong in no address."""
    here = present(*DECIDERS)
    if isinstance(here, Response):
        return here
    typed = request.form.get("person", "")[:MAX_TYPED]
    found = account_called(typed)
    if found is None:
        return _page(here, [("person", "account_unknown")], typed)
    return redirect(url_for("managing.person", person_id=found.id), code=303)


@managing.post("/staff/roles/requests/<uuid:approval_id>")
def decide_role(approval_id: UUID) -> Response:
    """Give the role or not; or take the own request back. Giving wants a factor of these minutes."""
    here = present(*DECIDERS)
    if isinstance(here, Response):
        return here
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        return refused_here(Refusal(Code.ENR_SCHEMA, "decision"), "managing.role_requests")
    redirected = fresh(here, "managing.role_requests") if decision == "approve" else None
    if redirected is not None:
        return redirected
    held = approvals()
    acts = {"approve": held.approve, "decline": held.decline, "withdraw": held.withdraw}
    done = acts[decision](here.actor, approval_id)
    if isinstance(done, Refusal):
        about = "request" if done.code is Code.ENR_UNKNOWN else done.about
        return refused_here(Refusal(done.code, about), "managing.role_requests")
    db.session.commit()
    return redirect(url_for("managing.role_requests", said=done.state.value), code=303)


def _page(here: Present, errors: list[tuple[str, str]] | None = None, typed: str = "") -> Response:
    wanted = request.args.get("role", "")
    role = Role(wanted) if wanted in set(Role) else None
    return shown_page(
        here,
        "managing/roles.html",
        400 if errors else 200,
        waiting=[_row(one, here) for one in approvals().waiting()],
        roles=[one.value for one in Role],
        role=None if role is None else role.value,
        holders=[] if role is None else _holders(role),
        errors=errors or [],
        typed=typed,
        said=request.args.get("said", ""),
        find_action=url_for("managing.find_person"),
        address=url_for("managing.role_requests"),
    )


def _row(one: Approval, here: Present) -> dict[str, Any]:
    """`mine` asked for it, `for_me` would get it: neither decides."""
    return {
        "action": url_for("managing.decide_role", approval_id=one.id),
        "person": sign_in_name(one.subject_id),
        "role": one.role.value,
        "until": one.until,
        "asked_by": sign_in_name(one.asked_by),
        "asked_at": one.asked_at,
        "expires_at": one.expires_at,
        "mine": colleagues().are_one(one.asked_by, here.actor.subscriber_id),
        "for_me": colleagues().are_one(one.subject_id, here.actor.subscriber_id),
    }


def _holders(role: Role) -> list[dict[str, Any]]:
    return [
        {
            "person": sign_in_name(one.subscriber_id),
            "since": one.granted_at,
            "until": one.until,
            "founding": one.founding,
            "url": url_for("managing.person", person_id=one.subscriber_id),
        }
        for one in members().holders(role)
    ]
