"""The pages on which a carer acts for somebody: what may be seen, stopped or proposed, and nothing else.

Each view asks the mandate first, for the one power that it needs, and the person sees that it was used.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.representation import CARER, Mandate, Power
from idp.selfservice.corrections import CORRECTABLE
from idp.sessions import Session
from idp.subscribers import STANDARD_CLAIMS
from idp.telemetry import refused
from idp.web.account.blueprint import account
from idp.web.account.details import shown_value
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.account.helping import name_of
from idp.web.account.services import shown_consent
from idp.web.extensions import db
from idp.web.representation_rooms import acting, mandates
from idp.web.rooms import consents, directory
from idp.web.selfservice_rooms import corrections

__all__ = ["act_for", "correct_for", "details_for", "propose_for", "services_for", "stop_for"]

# Contacts are the person's own: what goes there may open the account.
_UNLISTED = frozenset({"email", "email_verified", "phone_number", "phone_number_verified", "updated_at", "locale"})
_FIELD_OF = {Code.CORRECTION_REASON: "reason", Code.CORRECTION_VALUE: "value", Code.CORRECTION_SAME: "value"}


@account.get("/account/helping/<uuid:mandate_id>")
def act_for(mandate_id: UUID) -> Response:
    """What the carer may do here. Nothing of the person is shown yet but the name, which both know."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    mandate = mandates().find(session.subscriber_id, mandate_id)
    if isinstance(mandate, Refusal) or mandate.carer_id != session.subscriber_id:
        raise NotFound
    if acting().state_of(mandate) != "active":
        return redirect(url_for("account.helping", said="changed"), code=303)
    page = render_template(
        "account/acting.html",
        person=name_of(mandate.represented_id),
        mandate_id=mandate_id,
        powers=sorted(mandate.powers),
        expires_at=mandate.expires_at,
        end_url=url_for("account.confirm_ending", mandate_id=mandate_id),
        said=request.args.get("said", ""),
    )
    return make_response(page)


@account.get("/account/helping/<uuid:mandate_id>/details")
def details_for(mandate_id: UUID) -> Response:
    """What is recorded of the person."""
    mandate = _allowed(mandate_id, Power.VIEW)
    if isinstance(mandate, Response):
        return mandate
    profile = directory().profile(mandate.represented_id)
    rows = [
        {"claim": claim, "value": shown_value(claim, profile[claim])}
        for claim in STANDARD_CLAIMS
        if claim in profile and claim not in _UNLISTED
    ]
    return _page("account/acting_details.html", mandate, rows=rows)


@account.get("/account/helping/<uuid:mandate_id>/services")
def services_for(mandate_id: UUID) -> Response:
    """Which services see something of the person."""
    mandate = _allowed(mandate_id, Power.SERVICES)
    if isinstance(mandate, Response):
        return mandate
    listed = [
        shown_consent(consent)
        | {"stop_action": url_for("account.stop_for", mandate_id=mandate.id, consent_id=consent.consent_id)}
        for consent in consents().list_for(mandate.represented_id)
    ]
    return _page("account/acting_services.html", mandate, services=listed)


@account.post("/account/helping/<uuid:mandate_id>/services/<uuid:consent_id>/stop")
def stop_for(mandate_id: UUID, consent_id: UUID) -> Response:
    """Take a consent of the person back; one that is not theirs is not found."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    mandate = _allowed(mandate_id, Power.SERVICES, commit=False)
    if isinstance(mandate, Response):
        return mandate
    withdrawn = consents().withdraw(mandate.represented_id, consent_id, session_id=session.id, actor=CARER)
    if isinstance(withdrawn, Refusal):
        db.session.rollback()
        raise NotFound
    db.session.commit()
    return redirect(url_for("account.act_for", mandate_id=mandate_id, said="stopped"), code=303)


@account.get("/account/helping/<uuid:mandate_id>/correct/<any(name, birthdate, gender, address):claim>")
def correct_for(mandate_id: UUID, claim: str) -> Response:
    """Ask for the right value and why. What is recorded is shown only to a carer who may see it."""
    mandate = _allowed(mandate_id, Power.CORRECTIONS, use=False)
    if isinstance(mandate, Mandate) and Power.VIEW in mandate.powers:
        mandate = _allowed(mandate_id, Power.VIEW)  # what is recorded is on the page
    return mandate if isinstance(mandate, Response) else _correction_page(mandate, claim, {}, [])


@account.post("/account/helping/<uuid:mandate_id>/correct/<any(name, birthdate, gender, address):claim>")
def propose_for(mandate_id: UUID, claim: str) -> Response:
    """Propose it in the person's name; the registry decides, and the person can take it back."""
    mandate = _allowed(mandate_id, Power.CORRECTIONS, commit=False)
    if isinstance(mandate, Response):
        return mandate
    typed = fields("value", "reason")
    proposed = corrections().propose(
        mandate.represented_id, claim, typed["value"], typed["reason"], actor=CARER, mandate_id=mandate.id
    )
    if isinstance(proposed, Refusal):
        refused(proposed.code.value)
        db.session.rollback()
        return _correction_page(mandate, claim, typed, [(_FIELD_OF.get(proposed.code, ""), proposed.code.value)])
    db.session.commit()
    return redirect(url_for("account.act_for", mandate_id=mandate_id, said="proposed"), code=303)


def _allowed(mandate_id: UUID, power: Power, *, commit: bool = True, use: bool = True) -> Mandate | Response:
    """The mandate, if it allows this now; else the way on. With `commit` what was looked at is written down at once.

    `use`: the person's history says that it was used.
    """
    session = _recent()
    if isinstance(session, Response):
        return session
    ask = acting().act if use else acting().may
    mandate = ask(session.subscriber_id, mandate_id, power)
    if isinstance(mandate, Mandate):
        if commit:
            db.session.commit()
        return mandate
    db.session.rollback()
    refused(mandate.code.value)
    if mandate.code is Code.MANDATE_STATE:
        return redirect(url_for("account.helping", said="changed"), code=303)
    raise NotFound


def _recent() -> Session | Response:
    session = signed_in()
    return session if isinstance(session, Response) else recently(session) or session


def _page(name: str, mandate: Mandate, **shown: Any) -> Response:
    page = render_template(
        name, **shown, person=name_of(mandate.represented_id), up_url=url_for("account.act_for", mandate_id=mandate.id)
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _correction_page(mandate: Mandate, claim: str, typed: dict[str, str], errors: list[tuple[str, str]]) -> Response:
    assert claim in CORRECTABLE, "the addresses name what can be corrected"  # noqa: S101 - a rule of this module
    recorded = None
    if Power.VIEW in mandate.powers:
        recorded = directory().profile(mandate.represented_id).get(claim)
    page = render_template(
        "account/correct.html",
        claim=claim,
        recorded=None if recorded is None else shown_value(claim, recorded),
        typed=typed,
        errors=errors,
        helped=name_of(mandate.represented_id),
        action=url_for("account.propose_for", mandate_id=mandate.id, claim=claim),
        stay_url=url_for("account.act_for", mandate_id=mandate.id),
    )
    return make_response(page, 400 if errors else 200)
