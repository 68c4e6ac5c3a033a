"""Capture stations: adding one by the public half of its key, and taking nothing from one any more."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import RevokedFor, Role
from enrollment.errors import Code, Refusal
from enrollment.web.managing.answers import MAX_TYPED, centre_of, machine, refused_here
from enrollment.web.managing.blueprint import managing
from enrollment.web.managing.places import KEEPERS, centre_page
from enrollment.web.rooms import stations
from enrollment.web.staff.guard import fresh, present, shown_page
from idp.web.extensions import db

__all__ = ["add_station", "revoke", "revoke_station"]

# A public key on P-256 takes some 130 signs.
MAX_KEY = 2000
_FAULTS = {
    (Code.ENR_SCHEMA, "name"): ("station_name", "name_wrong"),
    (Code.ENR_SCHEMA, "key"): ("key", "key_wrong"),
    (Code.ENR_EXISTS, "key"): ("key", "key_taken"),
    (Code.ENR_STATE, "centre"): ("station_name", "centre_closed"),
}


@managing.post("/staff/centres/<uuid:centre_id>/stations")
def add_station(centre_id: UUID) -> Response:
    """A station by its name and the public half of the key that it made and keeps."""
    here = present(Role.ADMIN)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "managing.centre", centre_id=str(centre_id))
    if redirected is not None:
        return redirected
    typed = {"station_name": request.form.get("station_name", "")[:MAX_TYPED], "key": request.form.get("key", "")}
    key = _document(typed["key"])
    if key is None:
        return centre_page(here, centre_id, [("key", "key_wrong")], {**typed, "key": typed["key"][:MAX_KEY]})
    made = stations().add(here.actor, centre_id, typed["station_name"], key)
    if isinstance(made, Refusal) and (made.code, made.about) in _FAULTS:
        return centre_page(here, centre_id, [_FAULTS[made.code, made.about]], typed)
    if isinstance(made, Refusal):
        return refused_here(made, "managing.places")
    db.session.commit()
    return redirect(url_for("managing.centre", centre_id=centre_id, said="station"), code=303)


@managing.get("/staff/stations/<uuid:station_id>/revoke")
def revoke(station_id: UUID) -> Response:
    """What revoking means, and why it is done: there is no way back."""
    here = present(*KEEPERS)
    if isinstance(here, Response):
        return here
    redirected = fresh(here)
    if redirected is not None:
        return redirected
    found = stations().find(station_id)
    seen = found if isinstance(found, Refusal) else centre_of(here.actor, found.centre_id)
    if isinstance(found, Refusal) or isinstance(seen, Refusal):
        return refused_here(Refusal(Code.ENR_UNKNOWN, "station"), "managing.places")
    return shown_page(
        here,
        "managing/revoke.html",
        station=machine(found),
        centre=seen,
        reasons=[reason.value for reason in RevokedFor],
        action=url_for("managing.revoke_station", station_id=station_id),
        back_url=url_for("managing.centre", centre_id=found.centre_id),
    )


@managing.post("/staff/stations/<uuid:station_id>/revoke")
def revoke_station(station_id: UUID) -> Response:
    """From this moment on nothing that it signs is taken."""
    here = present(*KEEPERS)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "managing.revoke", station_id=str(station_id))
    if redirected is not None:
        return redirected
    reason = request.form.get("reason", "")
    if reason not in set(RevokedFor):
        return refused_here(Refusal(Code.ENR_SCHEMA, "reason"), "managing.revoke", station_id=station_id)
    done = stations().revoke(here.actor, station_id, RevokedFor(reason))
    if isinstance(done, Refusal):
        return refused_here(Refusal(done.code, "station"), "managing.places")
    db.session.commit()
    return redirect(url_for("managing.centre", centre_id=done.centre_id, said="revoked"), code=303)


def _document(text: str) -> dict[str, Any] | None:
    """The JSON object that was pasted; None for anything else. Too deep a one is refused by the parser."""
    if len(text) > MAX_KEY:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
