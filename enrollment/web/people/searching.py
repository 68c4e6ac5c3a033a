"""Looking for somebody: why, what is known of them, and a list on which only what was typed can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.finding import AROUND, Found, FoundFor
from enrollment.web.finding_rooms import finder
from enrollment.web.people.blueprint import people
from enrollment.web.rooms import divisions
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from idp.telemetry import refused
from idp.web.extensions import db

__all__ = ["FINDERS", "MAX_TYPED", "ask", "found", "search"]

FINDERS = (Role.OFFICER, Role.SUPERVISOR, Role.REGISTRAR, Role.SUPPORT)
MAX_TYPED = 200
_FIELDS = ("names", "born", "around", "sex", "place")
_TOO_MANY = 429
_FAULTS = {"more": "names", "purpose": f"purpose-{FoundFor.FORGOTTEN.value}", "limit": "names"}


@people.get("/staff/search")
def ask() -> Response:
    """The form; nothing is looked up yet."""
    here = present(*FINDERS)
    return here if isinstance(here, Response) else _page(here)


@people.post("/staff/search")
def search() -> Response:
    """Look for somebody. From here on whoever is on the list can see that somebody looked, and why."""
    here = present(*FINDERS)
    if isinstance(here, Response):
        return here
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in _FIELDS}
    purpose = request.form.get("purpose", "")
    made = finder().search(here.actor, typed, purpose)
    if isinstance(made, Refusal) and made.code in {Code.ENR_SCHEMA, Code.ENR_GUARD}:
        db.session.commit()
        refused(made.code.value)
        errors = [(_FAULTS.get(made.about, made.about), f"{made.about}_wrong")]
        return _page(here, typed, purpose, errors, _TOO_MANY if made.about == "limit" else 400)
    if isinstance(made, Refusal):
        return refusal_page(made, url_for("people.ask"), "people/refused.html")
    db.session.commit()
    return redirect(url_for("people.found", search_id=made), code=303)


@people.get("/staff/search/<uuid:search_id>")
def found(search_id: UUID) -> Response:
    """Whom a search of one's own found, for half an hour."""
    here = present(*FINDERS)
    if isinstance(here, Response):
        return here
    held = finder().page(here.actor, search_id)
    if isinstance(held, Refusal):
        return refusal_page(held, url_for("people.ask"), "people/refused.html")
    return _page(here, held.typed, held.purpose.value, held=held)


def _page(
    here: Present,
    typed: Mapping[str, str] | None = None,
    purpose: str = "",
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
    held: Found | None = None,
) -> Response:
    return shown_page(
        here,
        "people/search.html",
        status,
        typed={"around": "1", **(typed or {})},
        purpose=purpose,
        purposes=[one.value for one in FoundFor],
        around=[str(years) for years in AROUND],
        places=[one.name for one in divisions().all()],
        errors=errors or [],
        searched=held is not None,
        complete=held is None or held.complete,
        hits=[] if held is None else [_hit(held, hit) for hit in held.hits],
        action=url_for("people.search"),
    )


def _hit(held: Found, hit: Any) -> dict[str, Any]:
    return {
        "name": hit.name,
        "born": hit.born,
        "sex": hit.sex,
        "place": hit.place,
        "status": hit.status.value,
        "url": url_for("people.person", search_id=held.id, number=hit.number),
    }
