"""What is recorded of the person, the corrections they propose, and how pages look to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.selfservice.corrections import CORRECTABLE, Correction
from idp.selfservice.provenance import origins
from idp.sessions import Session
from idp.subscribers import STANDARD_CLAIMS
from idp.web import language, text_size
from idp.web.account.blueprint import account
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import db
from idp.web.naming import named
from idp.web.rooms import directory
from idp.web.selfservice_rooms import corrections

__all__ = ["choose_reading", "correct", "details", "propose", "reading", "take_back"]

_CONTACTS = {"email": "email", "phone_number": "phone"}
# Said beside what they speak of, or only for machines.
_UNLISTED = frozenset({"email_verified", "phone_number_verified", "updated_at", "locale"})
_FIELD_OF = {Code.CORRECTION_REASON: "reason", Code.CORRECTION_VALUE: "value", Code.CORRECTION_SAME: "value"}


@account.get("/account/details")
def details() -> Response:
    """Every recorded detail, from where and since when, and what the person says is wrong."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    profile = directory().profile(session.subscriber_id)
    known = origins(db.session(), session.subscriber_id)
    rows = [
        {
            "claim": claim,
            "value": shown_value(claim, profile[claim]),
            "origin": known.get(claim),
            "verified": profile.get(f"{claim}_verified") is True if claim in _CONTACTS else None,
            "contact": _CONTACTS.get(claim),
            "correctable": claim in CORRECTABLE,
        }
        for claim in STANDARD_CLAIMS
        if claim in profile and claim not in _UNLISTED
    ]
    page = render_template(
        "account/details.html",
        rows=rows,
        missing=[kind for claim, kind in _CONTACTS.items() if claim not in profile],
        addable=[claim for claim in CORRECTABLE if claim not in profile],
        corrections=[_shown(one) for one in corrections().list_for(session.subscriber_id)],
        said=request.args.get("said", ""),
    )
    return make_response(page)


@account.get("/account/details/correct/<claim>")
def correct(claim: str) -> Response:
    """Ask for the right value and why."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if claim not in CORRECTABLE:
        raise NotFound
    return recently(session) or _correction_page(session, claim)


@account.post("/account/details/correct/<claim>")
def propose(claim: str) -> Response:
    """Propose it."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if claim not in CORRECTABLE:
        raise NotFound
    redirected = recently(session)
    if redirected is not None:
        return redirected
    typed = fields("value", "reason")
    proposed = corrections().propose(session.subscriber_id, claim, typed["value"], typed["reason"])
    if isinstance(proposed, Refusal):
        db.session.rollback()
        errors = [(_FIELD_OF.get(proposed.code, ""), proposed.code.value)]
        return _correction_page(session, claim, typed, errors)
    db.session.commit()
    return redirect(url_for("account.details", said="proposed"), code=303)


@account.post("/account/details/corrections/<uuid:correction_id>/withdraw")
def take_back(correction_id: UUID) -> Response:
    """Take a proposal back; somebody else's is not found, as one that never was (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if correction_id not in {one.id for one in corrections().list_for(session.subscriber_id)}:
        raise NotFound
    corrections().withdraw(session.subscriber_id, correction_id)
    db.session.commit()
    return redirect(url_for("account.details", said="withdrawn"), code=303)


@account.get("/account/reading")
def reading() -> Response:
    """Language and text size."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    page = render_template(
        "account/reading.html",
        sizes=text_size.SIZES,
        size=text_size.current(),
        languages=[link.language for link in language.links()] or [language.current()],
        spoken=language.current().tag,
        saved="saved" in request.args,
    )
    return make_response(page)


@account.post("/account/reading")
def choose_reading() -> Response:
    """Keep both: the size in this browser, the language with the person, for pages and messages."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    asked = fields("size", "language")
    tags = {link.language.tag for link in language.links("/")} or {language.current().tag}
    if asked["size"] not in text_size.SIZES or asked["language"] not in tags:
        return redirect(url_for("account.reading"), code=303)
    person = directory().get(session.subscriber_id)
    if person is not None and person.locale != asked["language"]:
        directory().record(session.subscriber_id, {"locale": asked["language"]})
        db.session.commit()
    target = url_for("account.reading", saved=1, lang=asked["language"] if len(tags) > 1 else None)
    response = make_response(redirect(target, code=303))
    text_size.remember(response, asked["size"])
    return response


def shown_value(claim: str, value: Any) -> Any:
    """A recorded value as `claims.value` shows it: text, a day, or the lines of an address."""
    if claim == "address":
        parts = ("street_address", "locality", "region", "postal_code", "country")
        written = value.get("formatted") or "\n".join(value[part] for part in parts if part in value)
        lines = [line for line in written.split("\n") if line.strip()]
        ends_in_code = lines and lines[-1] == value.get("country")
        return [*lines[:-1], named(lines[-1], "country")] if ends_in_code else lines
    if claim == "birthdate" and len(value) > len("YYYY") and not value.startswith("0000"):
        return dt.date.fromisoformat(value)
    return value


def _correction_page(
    session: Session,
    claim: str,
    typed: Mapping[str, str] | None = None,
    errors: list[tuple[str, str]] | None = None,
) -> Response:
    recorded = directory().profile(session.subscriber_id).get(claim)
    page = render_template(
        "account/correct.html",
        claim=claim,
        recorded=None if recorded is None else shown_value(claim, recorded),
        typed=typed or {},
        errors=errors or [],
        action=url_for("account.propose", claim=claim),
        stay_url=url_for("account.details"),
    )
    return make_response(page, 400 if errors else 200)


def _shown(correction: Correction) -> dict[str, Any]:
    before, after = correction.before, correction.after
    return {
        "claim": correction.claim,
        "state": correction.state,
        "created_at": correction.created_at,
        "decided_at": correction.decided_at,
        "why": correction.reason_code,
        "before": None if before is None else shown_value(correction.claim, before),
        "after": None if after is None else shown_value(correction.claim, after),
        "reason": correction.reason,
        "withdraw_action": url_for("account.take_back", correction_id=correction.id)
        if correction.state == "open"
        else None,
    }
