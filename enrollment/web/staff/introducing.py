"""The introducer's page: an enrolled person says, by their own factor, who somebody without documents is.

No page of the staff's floor: introducers are citizens as well, and sign in as citizens do.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Relation, aid_of, grouped
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases, members
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import FRESH, sign_in_again
from idp.audit import AuditEvent, Event
from idp.sessions import Session
from idp.telemetry import refused
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import trail

__all__ = ["introduce", "vouch"]

MAX_TYPED = 60


@staff.get("/introduce")
def introduce() -> Response:
    """Ask for the number of the application, and how they know each other."""
    found = _introducer()
    return found if isinstance(found, Response) else _page(found[0])


@staff.post("/introduce")
def vouch() -> Response:
    """Give one's word. A number that is not there and one that is not open to this person look the same (AC-095)."""
    found = _introducer()
    if isinstance(found, Response):
        return found
    actor, session = found
    typed, relation = request.form.get("number", "")[:MAX_TYPED], request.form.get("relation", "")
    aid = aid_of(typed)
    errors = [] if aid is not None else [("number", "number_wrong")]
    errors += [] if relation in {one.value for one in Relation} else [("relation", "relation_missing")]
    errors += [] if request.form.get("known") == "yes" else [("known", "known_missing")]
    if errors or aid is None:
        return _page(actor, typed, relation, errors)
    refusal = cases().introducers.vouch(actor, aid, Relation(relation), session.authenticated_at)
    db.session.commit()
    if refusal is not None:
        refused(refusal.code.value)
        return _page(actor, typed, relation, [("number", _words(refusal))])
    return redirect(url_for("staff.introduce", said=grouped(aid)), code=303)


def _introducer() -> tuple[Actor, Session] | Response:
    session = current_session()
    if session is None:
        return sign_in_again()
    now = services().clock.now()
    actor = members().actor(session.subscriber_id, now)
    if isinstance(actor, Refusal) or not actor.holds(Role.INTRODUCER):
        body = {"action": "vouch", "reason": Code.ENR_ROLE.value, "about": "role", "person": None}
        trail().append(AuditEvent(Event.STAFF_REFUSED, actor=str(session.subscriber_id), body=body))
        db.session.commit()
        return make_response(render_template("officer/shut.html", why="introducer", again_url=None), 403)
    return (
        sign_in_again("too_long_ago", "staff.introduce") if now - session.authenticated_at > FRESH else (actor, session)
    )


def _page(actor: Actor, typed: str = "", relation: str = "", errors: list[tuple[str, str]] | None = None) -> Response:
    page = render_template(
        "officer/introduce.html",
        typed=typed,
        relation=relation,
        relations=[one.value for one in Relation],
        used=cases().introducers.used(actor),
        errors=errors or [],
        said=request.args.get("said", "") if aid_of(request.args.get("said", "")) else "",
        action=url_for("staff.vouch"),
    )
    return make_response(page, 400 if errors else 200)


def _words(refusal: Refusal) -> str:
    """The word of a refusal on this page; whatever does not concern an introducer is one sentence."""
    known = {
        (Code.ENR_EXISTS, "vouch"): "vouched",
        (Code.ENR_GUARD, "vouches"): "vouches_spent",
        (Code.ENR_FOUREYES, "captured"): "vouch_captured",
        (Code.ENR_FOUREYES, Relation.RELATIVE.value): "vouch_relative",
    }
    return known.get((refusal.code, refusal.about), "number_unknown")
