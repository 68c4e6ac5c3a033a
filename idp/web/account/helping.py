"""Help with an account: who may act for the person, whom the person helps, and how both agree to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.representation import Mandate, Power, Side
from idp.representation.mandate import DAYS
from idp.sessions import Session
from idp.subscribers.profile import display_name
from idp.telemetry import refused
from idp.web.account.blueprint import account
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import db, services
from idp.web.representation_rooms import acting, mandates
from idp.web.rooms import carers_corrections, directory

__all__ = [
    "agree", "answer_offer", "confirm_ending", "enter_code", "helping", "invite", "make_offer", "name_of", "read_code",
]  # fmt: skip

MAX_CODE = 60
_GONE = frozenset({Code.MANDATE_UNKNOWN})


@account.get("/account/helping")
def helping() -> Response:
    """Both lists: people who help, and people who are helped."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    shown = [_shown(one, session) for one in mandates().list_for(session.subscriber_id)]
    page = render_template(
        "account/helping.html",
        carers=[one for one in shown if one["side"] == Side.REPRESENTED.value],
        people=[one for one in shown if one["side"] == Side.CARER.value],
        said=request.args.get("said", ""),
    )
    return make_response(page)


@account.get("/account/helping/offer/<side>")
def invite(side: str) -> Response:
    """Choose what may be done, and for how long."""
    session = _recent()
    if isinstance(session, Response):
        return session
    return _offer_page(_side(side), {}, [])


@account.post("/account/helping/offer/<side>")
def make_offer(side: str) -> Response:
    """Make a code to hand over; it is on this answer alone."""
    session = _recent()
    if isinstance(session, Response):
        return session
    asked, days = _chosen()
    made = mandates().invite(session.subscriber_id, _side(side), asked, days)
    if isinstance(made, Refusal):
        refused(made.code.value)
        chosen = {"powers": sorted(asked), "days": days}
        return _offer_page(_side(side), chosen, [("powers-view", made.code.value)])
    page = render_template(
        "account/helping_code.html",
        code=made.code,
        until=made.expires_at,
        side=side,
        powers=sorted(asked),
        days=days,
        helping_url=url_for("account.helping"),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@account.get("/account/helping/code")
def enter_code() -> Response:
    """Ask for the code of an offer."""
    session = _recent()
    return session if isinstance(session, Response) else _code_page("", [])


@account.post("/account/helping/code")
def read_code() -> Response:
    """Show who offers what; nothing is agreed to yet."""
    session = _recent()
    if isinstance(session, Response):
        return session
    typed = fields("code")["code"][:MAX_CODE]
    if not typed.strip():
        return _code_page("", [("code", "invitation_missing")])
    invited = mandates().look(session.subscriber_id, typed)
    if isinstance(invited, Refusal):
        refused(invited.code.value)
        return _code_page(typed, [("code", invited.code.value)])
    page = render_template(
        "account/helping_agree.html",
        person=name_of(invited.by),
        side=invited.side.other.value,
        powers=sorted(invited.powers),
        days=invited.days,
        code=typed,
        action=url_for("account.agree"),
        stay_url=url_for("account.helping"),
        errors=[],
    )
    return make_response(page)


@account.post("/account/helping/agree")
def agree() -> Response:
    """The first yes."""
    session = _recent()
    if isinstance(session, Response):
        return session
    posted = fields("code", "decision")
    if posted["decision"] != "agree":
        return redirect(url_for("account.helping"), code=303)
    made = mandates().accept(session.subscriber_id, posted["code"][:MAX_CODE])
    if isinstance(made, Refusal):
        refused(made.code.value)
        db.session.rollback()
        return _code_page("", [("code", made.code.value)])
    db.session.commit()
    return redirect(url_for("account.helping", said="waits"), code=303)


@account.get("/account/helping/<uuid:mandate_id>/end")
def confirm_ending(mandate_id: UUID) -> Response:
    """Ask before help is ended."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    found = mandates().find(session.subscriber_id, mandate_id)
    if isinstance(found, Refusal):
        raise NotFound
    page = render_template(
        "account/helping_end.html",
        mandate=_shown(found, session),
        action=url_for("account.answer_offer", mandate_id=mandate_id, answer="end"),
        stay_url=url_for("account.helping"),
    )
    return make_response(page)


@account.post("/account/helping/<uuid:mandate_id>/<any(confirm, decline, end):answer>")
def answer_offer(mandate_id: UUID, answer: str) -> Response:
    """The second yes, a no, or the end. Only a yes asks for a recent sign-in: to stop must be easy."""
    session = _recent() if answer == "confirm" else signed_in()
    if isinstance(session, Response):
        return session
    rooms = mandates()
    move = {"confirm": rooms.confirm, "decline": rooms.decline, "end": rooms.end}[answer]
    done = move(session.subscriber_id, mandate_id)
    if isinstance(done, Refusal):
        refused(done.code.value)
        db.session.rollback()
        if done.code in _GONE:
            raise NotFound
        return redirect(url_for("account.helping", said="changed"), code=303)
    if answer == "end":
        carers_corrections().end_with(mandate_id)
    db.session.commit()
    return redirect(url_for("account.helping", said=answer), code=303)


def name_of(person_id: UUID) -> str | None:
    """What to call somebody; None once the account is erased."""
    people = directory()
    person = people.get(person_id)
    identity = None if person is None else people.identity(person)
    return None if identity is None else display_name(identity)


def _recent() -> Session | Response:
    session = signed_in()
    return session if isinstance(session, Response) else recently(session) or session


def _side(text: str) -> Side:
    if text not in {side.value for side in Side}:
        raise NotFound
    return Side(text)


def _chosen() -> tuple[frozenset[Power], int]:
    """What was ticked; anything that is not offered counts as not ticked."""
    known = {power.value for power in Power}
    powers = frozenset(Power(value) for value in request.form.getlist("powers") if value in known)
    days = request.form.get("days", "")
    return powers, int(days) if days in map(str, DAYS) else 0


def _offer_page(side: Side, chosen: dict[str, Any], errors: list[tuple[str, str]]) -> Response:
    page = render_template(
        "account/helping_offer.html",
        side=side.value,
        chosen=chosen,
        powers=[power.value for power in Power],
        lengths=DAYS,
        errors=errors,
        action=url_for("account.make_offer", side=side.value),
        stay_url=url_for("account.helping"),
    )
    return make_response(page, 400 if errors else 200)


def _code_page(typed: str, errors: list[tuple[str, str]]) -> Response:
    page = render_template(
        "account/helping_enter.html",
        typed=typed,
        errors=errors,
        action=url_for("account.read_code"),
        stay_url=url_for("account.helping"),
    )
    return make_response(page, 400 if errors else 200)


def _shown(mandate: Mandate, session: Session) -> dict[str, Any]:
    me = session.subscriber_id
    side = mandate.side_of(me)
    acts = side is Side.CARER and mandate.in_force(services().clock.now())
    return {
        "id": mandate.id,
        "side": "" if side is None else side.value,
        "person": name_of(mandate.other_than(me)),
        "powers": sorted(mandate.powers),
        "state": acting().state_of(mandate),
        "awaits_me": mandate.awaits(me),
        "created_at": mandate.created_at,
        "expires_at": mandate.expires_at,
        "ended_at": mandate.ended_at,
        "ended_by_me": mandate.ended_by == me,
        "act_url": url_for("account.act_for", mandate_id=mandate.id) if acts else None,
        "end_url": url_for("account.confirm_ending", mandate_id=mandate.id),
        "confirm_action": url_for("account.answer_offer", mandate_id=mandate.id, answer="confirm"),
        "decline_action": url_for("account.answer_offer", mandate_id=mandate.id, answer="decline"),
    }
