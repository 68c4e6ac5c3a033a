"""Handing over: an officer leaves, and a colleague of the centre takes the station and the applications in capture."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Actor, HandOver, Role
from enrollment.errors import Code, Refusal
from enrollment.web.centre_rooms import hand_overs
from enrollment.web.managing.answers import colleague, refused_here, today
from enrollment.web.managing.blueprint import managing
from enrollment.web.rooms import members, postings, stations
from enrollment.web.staff.guard import Present, present, shown_page
from idp.web.extensions import db, services

__all__ = ["answer_hand_over", "hand_over", "offer"]

PASSING = (Role.OFFICER, Role.SUPERVISOR)
ANSWERS = ("take", "decline", "withdraw")
_FAULTS = {
    (Code.ENR_SCHEMA, "taker"): ("taker", "taker_is_giver"),
    (Code.ENR_UNKNOWN, "giver"): ("giver", "giver_gone"),
    (Code.ENR_UNKNOWN, "taker"): ("taker", "taker_gone"),
}


@managing.get("/staff/hand-over")
def hand_over() -> Response:
    """What is offered to me, what I offered, and a new offer."""
    here = present(*PASSING)
    return here if isinstance(here, Response) else _page(here)


@managing.post("/staff/hand-over")
def offer() -> Response:
    """Offer the own work to a colleague; a supervisor also that of an officer who had to leave."""
    here = present(*PASSING)
    if isinstance(here, Response):
        return here
    own = here.actor.subscriber_id if here.actor.holds(Role.OFFICER) else None
    giver = _chosen("giver") if here.actor.holds(Role.SUPERVISOR) else own
    giver, taker = giver or own, _chosen("taker")
    faults = [] if giver is not None else [("giver", "giver_missing")]
    faults += [] if taker is not None else [("taker", "taker_missing")]
    if giver is None or taker is None:
        return _page(here, faults)
    offered = hand_overs().offer(here.actor, giver, taker)
    if isinstance(offered, Refusal) and (offered.code, offered.about) in _FAULTS:
        return _page(here, [_FAULTS[offered.code, offered.about]])
    if isinstance(offered, Refusal):
        return refused_here(offered, "managing.hand_over")
    db.session.commit()
    return redirect(url_for("managing.hand_over", said="offered"), code=303)


@managing.post("/staff/hand-over/<uuid:hand_over_id>")
def answer_hand_over(hand_over_id: UUID) -> Response:
    """Take it, say no, or take the own offer back."""
    here = present(*PASSING)
    if isinstance(here, Response):
        return here
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        return refused_here(Refusal(Code.ENR_SCHEMA, "answer"), "managing.hand_over")
    held = hand_overs()
    acts = {"take": held.take, "decline": held.decline, "withdraw": held.withdraw}
    done = acts[answer](here.actor, hand_over_id)
    if isinstance(done, Refusal):
        about = "hand_over" if done.code is Code.ENR_UNKNOWN else done.about
        return refused_here(Refusal(done.code, about), "managing.hand_over")
    db.session.commit()
    if answer == "take":
        return redirect(url_for("managing.hand_over", said="taken", cases=done.cases or 0), code=303)
    return redirect(url_for("managing.hand_over", said=done.state.value), code=303)


def _page(here: Present, errors: list[tuple[str, str]] | None = None) -> Response:
    held, me = hand_overs(), here.actor.subscriber_id
    officers = _officers(here.actor)
    machine = None if here.actor.station_id is None else stations().find(here.actor.station_id)
    return shown_page(
        here,
        "managing/hand_over.html",
        400 if errors else 200,
        waiting=[_row(one) for one in held.waiting_for(me)],
        offered=[_row(one) for one in held.offered_by(here.actor)],
        givers=officers if here.actor.holds(Role.SUPERVISOR) else [],
        takers=[(one, name) for one, name in officers if one != me],
        own=here.actor.holds(Role.OFFICER),
        station="" if machine is None or isinstance(machine, Refusal) else machine.code,
        me=me,
        errors=errors or [],
        said=request.args.get("said", ""),
        cases=request.args.get("cases", 0, type=int),
        action=url_for("managing.offer"),
    )


def _officers(by: Actor) -> list[tuple[UUID, str]]:
    """Officers who are posted to the actor's centre today, by name."""
    if by.centre_id is None:
        return []
    now, found = services().clock.now(), []
    for one in {posting.subscriber_id for posting in postings().at_centre(by.centre_id, today())}:
        actor = members().actor(one, now)
        if isinstance(actor, Actor) and actor.holds(Role.OFFICER):
            found.append((one, colleague(one)))
    return sorted(found, key=lambda officer: (officer[1], str(officer[0])))


def _row(one: HandOver) -> dict[str, Any]:
    machine = None if one.station_id is None else stations().find(one.station_id)
    return {
        "giver": colleague(one.giver_id),
        "taker": colleague(one.taker_id),
        "station": "" if machine is None or isinstance(machine, Refusal) else machine.code,
        "expires_at": one.expires_at,
        "action": url_for("managing.answer_hand_over", hand_over_id=one.id),
    }


def _chosen(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, "")[:40])
    except ValueError:
        return None
