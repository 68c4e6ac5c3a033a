"""Registration centres: the list, a new one, one centre with its machines and people, closing and opening."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Centre, CentreStatus, Role
from enrollment.centres.division_files import Level
from enrollment.errors import Code, Refusal
from enrollment.web.managing.answers import (
    MAX_TYPED,
    centre_of,
    colleague,
    day_of,
    machine,
    refused_here,
    sign_in_name,
    today,
)
from enrollment.web.managing.blueprint import managing
from enrollment.web.rooms import centres, divisions, postings, stations
from enrollment.web.staff.guard import Present, present, shown_page
from idp.web.extensions import db

__all__ = ["add_centre", "centre", "centre_page", "places", "set_status"]

KEEPERS = (Role.ADMIN, Role.SECURITY, Role.SUPERVISOR)
_FIELDS = {"code": "code", "name": "name", "division": "division"}


@managing.get("/staff/centres")
def places() -> Response:
    """Every centre; a supervisor is led to the own one."""
    here = present(*KEEPERS)
    if isinstance(here, Response):
        return here
    if not here.actor.holds(Role.ADMIN, Role.SECURITY):
        if here.actor.centre_id is None:
            return refused_here(Refusal(Code.ENR_UNKNOWN, "posting"), "staff.review")
        return redirect(url_for("managing.centre", centre_id=here.actor.centre_id), code=303)
    return _list(here)


@managing.post("/staff/centres")
def add_centre() -> Response:
    """A new centre, open at once."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in _FIELDS}
    training = request.form.getlist("training")[-1:] == ["yes"]
    made = centres().add(here.actor, typed["code"].upper(), typed["name"], typed["division"], training=training)
    if isinstance(made, Refusal) and made.about in _FIELDS:
        fault = f"{made.about}_{'taken' if made.code is Code.ENR_EXISTS else 'wrong'}"
        return _list(here, [(made.about, fault)], typed)
    if isinstance(made, Refusal):
        return refused_here(made, "managing.places")
    db.session.commit()
    return redirect(url_for("managing.centre", centre_id=made.id, said="added"), code=303)


@managing.get("/staff/centres/<uuid:centre_id>")
def centre(centre_id: UUID) -> Response:
    """One centre: its machines, and who works there on a day."""
    here = present(*KEEPERS)
    return here if isinstance(here, Response) else centre_page(here, centre_id)


@managing.post("/staff/centres/<uuid:centre_id>/status")
def set_status(centre_id: UUID) -> Response:
    """Close it, so that nobody can be posted there, or open it again."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    wanted = request.form.get("status", "")
    if wanted not in set(CentreStatus):
        return refused_here(Refusal(Code.ENR_SCHEMA, "status"), "managing.centre", centre_id=centre_id)
    done = centres().set_status(here.actor, centre_id, CentreStatus(wanted))
    if isinstance(done, Refusal):
        return refused_here(done, "managing.places")
    db.session.commit()
    return redirect(url_for("managing.centre", centre_id=centre_id, said=wanted), code=303)


def centre_page(
    here: Present,
    centre_id: UUID,
    errors: list[tuple[str, str]] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The page of a centre, with what is wrong about a form of it."""
    found = centre_of(here.actor, centre_id)
    if isinstance(found, Refusal):
        return refused_here(found, "staff.today")
    admin = here.actor.holds(Role.ADMIN)
    day = day_of(request.args.get("day", "")) or today()
    machines = stations().of_centre(centre_id)
    return shown_page(
        here,
        "managing/centre.html",
        400 if errors else 200,
        centre=found,
        division=_division(found),
        stations=[machine(one) for one in machines],
        posted=_posted(centre_id, day, {one.id: one.code for one in machines}, by_name=not admin),
        day=day,
        errors=errors or [],
        typed=typed or {"first": today().isoformat(), "last": today().isoformat()},
        admin=admin,
        posts=here.actor.holds(Role.ADMIN, Role.SUPERVISOR),
        said=request.args.get("said", ""),
        address=url_for("managing.centre", centre_id=centre_id),
        centres_url=url_for("managing.places"),
    )


def _posted(centre_id: UUID, day: Any, codes: dict[UUID, str], *, by_name: bool) -> list[dict[str, Any]]:
    called = colleague if by_name else sign_in_name
    return [
        {
            "id": one.id,
            "person": called(one.subscriber_id),
            "first": one.days.first,
            "last": one.days.last,
            "station": codes.get(one.station_id, "") if one.station_id else "",
        }
        for one in postings().at_centre(centre_id, day)
    ]


def _division(found: Centre) -> str:
    division = divisions().find(found.division_code)
    return found.division_code if division is None else division.name


def _list(here: Present, errors: list[tuple[str, str]] | None = None, typed: dict[str, str] | None = None) -> Response:
    known = {one.code: one for one in divisions().all()}
    choices = [(one.code, one.name) for one in known.values() if one.level in {Level.REGION, Level.DISTRICT}]
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "division": known[one.division_code].name if one.division_code in known else one.division_code,
            "open": one.status is CentreStatus.OPEN,
            "training": one.training,
            "url": url_for("managing.centre", centre_id=one.id),
        }
        for one in centres().all()
    ]
    return shown_page(
        here,
        "managing/centres.html",
        400 if errors else 200,
        centres=rows,
        divisions=choices,
        errors=errors or [],
        typed=typed or {},
        admin=here.actor.holds(Role.ADMIN),
        action=url_for("managing.add_centre"),
    )
