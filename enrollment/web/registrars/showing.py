"""The registrars' first page of lives, and one record with what happened to it and what may be asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Kind as CaseKind
from enrollment.cases import State as CaseState
from enrollment.cases import grouped
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent
from enrollment.life_events.events import GROUNDS, State
from enrollment.register import Status
from enrollment.web.life_rooms import life
from enrollment.web.registrars.blueprint import registrars
from enrollment.web.registrars.looking import known, record_of, typed_person
from enrollment.web.rooms import cases
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key

__all__ = ["home", "line", "record", "record_page"]

_UNDER_WAY = (
    CaseState.CAPTURING, CaseState.SIGNED, CaseState.IN_REVIEW, CaseState.RETURNED, CaseState.REJECTED_CENTRE,
    CaseState.HELD,
)  # fmt: skip
_FAULTS = {Code.NIN_CHECK: "nin_wrong", Code.NIN_UNKNOWN: "nin_unknown"}


@registrars.get("/staff/life")
def home() -> Response:
    """What waits for a second registrar, reports of deaths under way, and the way to a record."""
    here = present(Role.REGISTRAR)
    return here if isinstance(here, Response) else home_page(here)


def home_page(here: Present, errors: list[tuple[str, str]] | None = None) -> Response:
    """The first page; `errors` beside the number."""
    reports = cases().files.of_kind(here.actor, CaseKind.DEATH, _UNDER_WAY)
    return shown_page(
        here,
        "registrar/home.html",
        400 if errors else 200,
        errors=errors or [],
        waiting=[line(one, here) for one in life().events.waiting(here.actor)],
        reports=[
            {
                "shown": grouped(one.aid),
                "state": one.state.value,
                "since": one.changed_at,
                "url": url_for("registrars.report", aid=one.aid),
            }
            for one in reports
        ],
        said=request.args.get("said", ""),
        action=url_for("registrars.record"),
    )


@registrars.post("/staff/life/record")
def record() -> Response:
    """One record, by a number that stands in no address."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    return record_page(here, request.form.get("number", ""))


def record_page(here: Present, typed: str, errors: list[tuple[str, str]] | None = None) -> Response:
    """The record of a typed number, with what may be asked for about it."""
    person_id = typed_person(here.actor, typed)
    if isinstance(person_id, Refusal):
        return home_page(here, [("number", _FAULTS.get(person_id.code, "nin_wrong"))])
    shown = known(here.actor, person_id)
    if isinstance(shown, Refusal):
        return refusal_page(shown, url_for("registrars.home"))
    happened = life().events.of_person(person_id)
    return shown_page(
        here,
        "registrar/record.html",
        400 if errors else 200,
        errors=errors or [],
        record=shown,
        number=typed.strip()[:40],
        events=[line(one, here) for one in happened],
        can=_possible(shown.status, happened, person_id),
        splits=[(str(one.id), record_of(one.other_id)) for one in _merges(happened, person_id) if one.other_id],
        grounds={kind.value: [one.value for one in given] for kind, given in GROUNDS.items()},
        key=new_key(),
        back_url=url_for("registrars.home"),
    )


def line(event: LifeEvent, here: Present) -> dict[str, Any]:
    """An event in a list."""
    return {
        "kind": event.kind.value,
        "state": event.state.value,
        "ground": event.ground.value,
        "at": event.decided_at or event.asked_at,
        "undo_until": event.undo_until,
        "mine": life().events.asked_by(here.actor, event),
        "url": url_for("registrars.event", event_id=event.id),
    }


def _merges(happened: list[LifeEvent], person_id: UUID) -> list[LifeEvent]:
    """What was merged into this record, and can be split."""
    return [
        one for one in happened if one.kind is Kind.MERGE and one.state is State.DONE and one.person_id == person_id
    ]


def _possible(status: Status, happened: list[LifeEvent], person_id: UUID) -> set[str]:
    """What may be asked for as things are; conditions are asked when it is."""
    dead = status is Status.DECEASED
    can = {Kind.DEATH.value} if status in {Status.ACTIVE, Status.SUSPENDED} else set()
    can |= {Kind.MERGE.value} if status is Status.ACTIVE else set()
    can |= {Kind.DEATH_UNDONE.value} if dead else set()
    return can | ({Kind.SPLIT.value} if _merges(happened, person_id) else set())
