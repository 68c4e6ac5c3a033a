"""Numbers that stand for one's own: made for one use, for some days, or until they are taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from enrollment.errors import Code, Refusal
from enrollment.issuance.ownership import proven_owner
from enrollment.register import AliasKind, shown
from enrollment.register.aliases import DEFAULT_DAYS, MAX_ACTIVE, MAX_DAYS
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.standing_rooms import aliases
from idp.sessions import Session
from idp.telemetry import refused
from idp.web.account.changing import proven_and_counted
from idp.web.account.guard import signed_in
from idp.web.extensions import db
from idp.web.signin.pages import Errors

__all__ = ["make_alias", "own_aliases", "take_alias_back"]

_SAID = frozenset({"made", "back"})


@citizen.get("/account/aliases")
def own_aliases() -> Response:
    """Those that are good now, and a way to make another."""
    session = signed_in()
    return session if isinstance(session, Response) else _page(session)


@citizen.post("/account/aliases")
def make_alias() -> Response:
    """Make one, by somebody who proved who they are a moment ago."""
    session = proven_and_counted()
    if isinstance(session, Response):
        return session
    kind, days = request.form.get("kind", ""), request.form.get("days", "") or str(DEFAULT_DAYS)
    if kind not in set(AliasKind):
        return _page(session, [("kind", "alias_kind")], kind, days)
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0
    made = aliases().make(_owner(session), AliasKind(kind), days=number, subscriber_id=session.subscriber_id)
    if isinstance(made, Refusal):
        refused(made.code.value)
        words = {Code.ENR_SCHEMA: ("days", "alias_days"), Code.ENR_GUARD: ("kind", "alias_most")}
        return _page(session, [words.get(made.code, ("kind", "alias_not_now"))], kind, days)
    db.session.commit()
    return redirect(url_for("citizen.own_aliases", done="made"), code=303)


@citizen.post("/account/aliases/<uuid:alias_id>/back")
def take_alias_back(alias_id: UUID) -> Response:
    """Take one back, at once: who wants to be safer is asked for nothing more."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    done = aliases().revoke(_owner(session), alias_id, subscriber_id=session.subscriber_id)
    if isinstance(done, Refusal) and done.code is Code.ENR_UNKNOWN:
        raise NotFound
    db.session.commit()
    return redirect(url_for("citizen.own_aliases", done="back"), code=303)


def _owner(session: Session) -> UUID:
    """Whose aliases they are; 404 for an account that is nobody's in the register."""
    person_id = proven_owner(db.session(), session.subscriber_id)
    if person_id is None:
        raise NotFound
    return person_id


def _page(session: Session, errors: Errors = (), kind: str = "once", days: str = str(DEFAULT_DAYS)) -> Response:
    person_id, done = proven_owner(db.session(), session.subscriber_id), request.args.get("done")
    held: list[dict[str, Any]] = [
        {
            "number": shown(one.number),
            "kind": one.kind.value,
            "made": one.created_at,
            "until": one.expires_at,
            "back_action": url_for("citizen.take_alias_back", alias_id=one.id),
        }
        for one in ([] if person_id is None else aliases().listing(person_id))
    ]
    page = render_template(
        "citizen/aliases.html",
        registered=person_id is not None,
        held=held,
        kind=kind,
        days=days[:3],
        most=MAX_ACTIVE,
        most_days=MAX_DAYS,
        errors=errors,
        done=done if done in _SAID else None,
        action=url_for("citizen.make_alias"),
        record_url=url_for("citizen.my_record"),
    )
    return make_response(page, 400 if errors else 200)
