"""Approving several applications at once: only those in which nothing is flagged, each as if it were alone."""

from __future__ import annotations

import hashlib

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Cases, Moved, Order, State, aid_of
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, fresh, present, refusal_page
from idp.web.extensions import db

__all__ = ["MOST_AT_ONCE", "approve_several"]

MOST_AT_ONCE = 50


@staff.post("/staff/review/together")
def approve_several() -> Response:
    """Take up and approve each ticked one; what a condition stops (a flag, an own capture) stays as it is.

    A fresh factor for all of them. The list afterwards says how many were approved and how many were not.
    """
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.review")
    if redirected is not None:
        return redirected
    chosen = list(dict.fromkeys(request.form.getlist("chosen")))
    if not chosen or len(chosen) > MOST_AT_ONCE:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "chosen"), url_for("staff.review"))
    held, key = cases(), request.form.get("key", "")
    # One order for all, so that two who approve the same ones do not wait for each other.
    outcomes = [_approved(held, here, one, key) for one in sorted(chosen)]
    db.session.commit()
    done = sum(isinstance(one, Moved) for one in outcomes)
    return redirect(url_for("staff.review", said="together", done=done, left=len(outcomes) - done), code=303)


def _approved(held: Cases, here: Present, chosen: str, key: str) -> Moved | Refusal:
    """Approve one, as it stood on the page: number, version, and whether somebody had taken it up.

    A form that is sent again finds the replies of the first time.
    """
    number, version, state = [*chosen.split("."), "", ""][:3]
    aid, known = aid_of(number), version.isascii() and version.isdigit() and len(version) < 10
    if aid is None or not known or state not in {State.SIGNED, State.IN_REVIEW}:
        return Refusal(Code.ENR_SCHEMA, "chosen")
    current, factor_at = int(version), here.session.authenticated_at
    if state == State.SIGNED:
        taken = held.lifecycle.take_up(Order(here.actor, aid, current, _own_key(key, aid, "take"), factor_at))
        if isinstance(taken, Refusal):
            return taken
        current = taken.version
    return held.lifecycle.approve(Order(here.actor, aid, current, _own_key(key, aid, "approve"), factor_at))


def _own_key(key: str, aid: str, step: str) -> str:
    """An idempotency key for one step of one application, made of the form's: the same for the same form."""
    return key[:-12] + hashlib.sha256(f"{key}|{aid}|{step}".encode()).hexdigest()[:12]
