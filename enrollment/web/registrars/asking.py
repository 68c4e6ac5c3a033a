"""Asking for a merge, a split or the end of a death that was none; both records are looked at before."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events import Ground, Kind, LifeEvent
from enrollment.web.life_rooms import life
from enrollment.web.registrars.blueprint import registrars
from enrollment.web.registrars.looking import known, typed_person
from enrollment.web.registrars.showing import record_page
from enrollment.web.staff.guard import Present, fresh, present, refusal_page, shown_page
from idp.web.extensions import db

__all__ = ["ask", "compare"]


@registrars.post("/staff/life/compare")
def compare() -> Response:
    """Two records side by side, before they are to be made one."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    number, other = request.form.get("number", ""), request.form.get("other", "")
    people = [typed_person(here.actor, typed) for typed in (number, other)]
    if isinstance(people[1], Refusal) or people[0] == people[1]:
        fault = "same_record" if people[0] == people[1] else "nin_unknown"
        return record_page(here, number, [("other", fault)])
    shown = [person if isinstance(person, Refusal) else known(here.actor, person) for person in people]
    for one in shown:
        if isinstance(one, Refusal):
            return refusal_page(one, url_for("registrars.home"))
    return shown_page(
        here,
        "registrar/compare.html",
        records=shown,
        number=number.strip()[:40],
        other=other.strip()[:40],
        ground=request.form.get("ground", ""),
        action=url_for("registrars.ask"),
        back_url=url_for("registrars.home"),
    )


@registrars.post("/staff/life/ask")
def ask() -> Response:
    """Ask; another registrar decides. A fresh factor."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "registrars.home")
    if redirected is not None:
        return redirected
    asked = _asked(here)
    if isinstance(asked, Refusal):
        return refusal_page(asked, url_for("registrars.home"), "registrar/refused.html")
    db.session.commit()
    return redirect(url_for("registrars.event", event_id=asked.id, said="asked"), code=303)


def _asked(here: Present) -> LifeEvent | Refusal:
    kind, ground = request.form.get("kind", ""), request.form.get("ground", "")
    if kind not in set(Kind) or ground not in set(Ground):
        return Refusal(Code.ENR_SCHEMA, "ground")
    person = typed_person(here.actor, request.form.get("number", ""))
    if isinstance(person, Refusal):
        return person
    other = _other(here, Kind(kind), person)
    if isinstance(other, Refusal):
        return other
    return life().events.ask(here.actor, Kind(kind), person, Ground(ground), here.session.authenticated_at, other)


def _other(here: Present, kind: Kind, person_id: UUID) -> UUID | Refusal | None:
    """Of a merge the number of the other record, of a split the merge that is to be taken back."""
    if kind is Kind.MERGE:
        return typed_person(here.actor, request.form.get("other", ""))
    if kind is not Kind.SPLIT:
        return None
    merges = {str(one.id): one.other_id for one in life().events.of_person(person_id)}
    return merges.get(request.form.get("merge", "")) or Refusal(Code.ENR_STATE, "undoes")
