"""What waits: suspended records and wishes to erase one. And what these pages have in common."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.erasure import Erasure
from enrollment.errors import Refusal
from enrollment.standing import Suspension
from enrollment.web.records.blueprint import records
from enrollment.web.rooms import colleagues
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.standing_rooms import record_erasures, suspensions

__all__ = ["MAX_TYPED", "MISTYPED", "MISTYPED_CODES", "records_waiting", "refused_here"]

MAX_TYPED = 60
MISTYPED = {"NIN-CHECK": "nin_check", "NIN-UNKNOWN": "nin_unknown"}
MISTYPED_CODES = frozenset(MISTYPED)
_SAID = frozenset(
    {"asked", "approved", "declined", "taken_back", "kept", "granted", "erasure_asked", "erasure_approved", "stopped"}
)


@records.get("/staff/records")
def records_waiting() -> Response:
    """Suspended records, those first in which somebody must decide; and erasures that are not carried out yet."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    held, erasures = suspensions().waiting(here.actor), record_erasures().waiting(here.actor)
    for outcome in (held, erasures):
        if isinstance(outcome, Refusal):
            return refused_here(outcome)
    said = request.args.get("said", "")
    return shown_page(
        here,
        "records/list.html",
        suspended=[] if isinstance(held, Refusal) else [_suspended(one, here) for one in held],
        erasures=[] if isinstance(erasures, Refusal) else [_erasure(one, here) for one in erasures],
        said=said if said in _SAID else None,
        suspend_url=url_for("records.suspend_form"),
        erase_url=url_for("records.erase_form"),
    )


def refused_here(refusal: Refusal) -> Response:
    """A no, with the way back to the list."""
    return refusal_page(refusal, url_for("records.records_waiting"), "records/refused.html")


def _suspended(one: Suspension, here: Present) -> dict[str, Any]:
    """`mine`: whoever looks has asked for its end, so a colleague decides."""
    return {
        "reference": one.reference,
        "reason": one.reason.value,
        "since": one.made_at,
        "stage": one.stage.value,
        "mine": one.return_by is not None and colleagues().are_one(one.return_by, here.actor.subscriber_id),
        "url": url_for("records.suspension", suspension_id=one.id),
    }


def _erasure(one: Erasure, here: Present) -> dict[str, Any]:
    return {
        "ground": one.ground.value,
        "asked_at": one.asked_at,
        "due_at": one.due_at,
        "mine": colleagues().are_one(one.asked_by, here.actor.subscriber_id),
        "url": url_for("records.record_erasure", erasure_id=one.id),
    }
