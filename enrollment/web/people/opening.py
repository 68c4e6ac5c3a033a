"""Somebody who was found: their page, and an application for them without their number being typed."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Kind, Moved
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.centre_rooms import proven_accounts
from enrollment.web.finding_rooms import finder
from enrollment.web.people.blueprint import people
from enrollment.web.people.searching import FINDERS
from enrollment.web.rooms import cases
from enrollment.web.staff.guard import present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key
from idp.web.extensions import db

__all__ = ["open_for", "person"]

# What an officer opens for somebody whose record is there.
KINDS = (Kind.UPDATE, Kind.CORRECTION, Kind.REENROL)


@people.get("/staff/search/<uuid:search_id>/<int:number>")
def person(search_id: UUID, number: int) -> Response:
    """One of the list. The number is masked for everybody: people have it on their own papers."""
    here = present(*FINDERS)
    if isinstance(here, Response):
        return here
    opened = finder().open(here.actor, search_id, number)
    back = url_for("people.found", search_id=search_id)
    if isinstance(opened, Refusal):
        return refusal_page(opened, back, "people/refused.html")
    active = opened.hit.status.value == "active"
    return shown_page(
        here,
        "people/person.html",
        hit=opened.hit,
        record=opened.hit.status.value,
        nin=opened.nin,
        level=opened.level,
        accounts=opened.accounts,
        whole=opened.whole,
        kinds=[kind.value for kind in KINDS] if active and here.actor.holds(Role.OFFICER) else [],
        key=new_key(),
        action=url_for("people.open_for", search_id=search_id, number=number),
        back_url=back,
    )


@people.post("/staff/search/<uuid:search_id>/<int:number>")
def open_for(search_id: UUID, number: int) -> Response:
    """The person stands at the counter: open an application for them, once for each form."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    back = url_for("people.found", search_id=search_id)
    kind = request.form.get("kind", "")
    if kind not in {one.value for one in KINDS}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "kind"), back)
    person_id = finder().person(here.actor, search_id, number)
    if isinstance(person_id, Refusal):
        return refusal_page(person_id, back, "people/refused.html")
    account = next(iter(proven_accounts().of_person(person_id)), None)
    opened = cases().lifecycle.open(
        here.actor, Kind(kind), request.form.get("key", ""), person_id=person_id, subscriber_id=account
    )
    if not isinstance(opened, Moved):
        return refusal_page(opened, back)
    db.session.commit()
    return redirect(url_for("staff.case", aid=opened.aid), code=303)
