"""One event that a registrar asked for: both records, and the decision of another."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events.events import State
from enrollment.web.life_rooms import life
from enrollment.web.registrars.blueprint import registrars
from enrollment.web.registrars.looking import known
from enrollment.web.registrars.showing import line
from enrollment.web.staff.guard import fresh, present, refusal_page, shown_page
from idp.web.extensions import db

__all__ = ["decide", "event", "withdraw"]


@registrars.get("/staff/life/events/<uuid:event_id>")
def event(event_id: UUID) -> Response:
    """What is asked for, or was done, and about whom."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    found = life().events.find(here.actor, event_id)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("registrars.home"))
    people = [found.person_id, *([] if found.other_id is None else [found.other_id])]
    records = [known(here.actor, person_id) for person_id in people]
    mine = life().events.asked_by(here.actor, found)
    return shown_page(
        here,
        "registrar/event.html",
        event=line(found, here),
        records=[one for one in records if not isinstance(one, Refusal)],
        decides=found.state is State.ASKED and not mine,
        withdraws=found.state is State.ASKED and mine,
        said=request.args.get("said", ""),
        action=url_for("registrars.decide", event_id=event_id),
        withdraw_action=url_for("registrars.withdraw", event_id=event_id),
        back_url=url_for("registrars.home"),
    )


@registrars.post("/staff/life/events/<uuid:event_id>/decide")
def decide(event_id: UUID) -> Response:
    """Agree or refuse. A fresh factor."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "registrars.event", event_id=str(event_id))
    if redirected is not None:
        return redirected
    back_url, decision = url_for("registrars.event", event_id=event_id), request.form.get("decision", "")
    if decision not in {"agree", "refuse"}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "decision"), back_url)
    at = here.session.authenticated_at
    decided = life().events.decide(here.actor, event_id, at, agreed=decision == "agree")
    if isinstance(decided, Refusal):
        return refusal_page(decided, back_url, "registrar/refused.html")
    db.session.commit()
    return redirect(url_for("registrars.event", event_id=event_id, said=decided.state.value), code=303)


@registrars.post("/staff/life/events/<uuid:event_id>/withdraw")
def withdraw(event_id: UUID) -> Response:
    """Whoever asked takes it back."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    gone = life().events.withdraw(here.actor, event_id)
    if isinstance(gone, Refusal):
        return refusal_page(gone, url_for("registrars.home"))
    db.session.commit()
    return redirect(url_for("registrars.home", said="withdrawn"), code=303)
