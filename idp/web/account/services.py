"""Which services know something of the person, by whose decision, and taking it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.consent import Consent
from idp.consent.offer import OFFLINE, lines_of
from idp.errors import Refusal
from idp.selfservice.history import last_uses
from idp.sessions import Session
from idp.web import headers, language
from idp.web.account.blueprint import account
from idp.web.account.guard import signed_in
from idp.web.extensions import db, services
from idp.web.rooms import consents

__all__ = ["confirm_withdrawal", "listed_services", "shown_consent", "withdraw"]


@account.get("/account/services")
def listed_services() -> Response:
    """Every service that may see something, what, why, until when, and when it last did."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    held = consents().list_for(session.subscriber_id)
    used = last_uses(db.session(), session.subscriber_id)
    page = render_template(
        "account/services.html",
        services=[{**shown_consent(consent), "used_at": used.get(consent.consumer_id)} for consent in held],
        banner=_banner(session),
    )
    return make_response(page)


@account.get("/account/services/<uuid:consent_id>/withdraw")
def confirm_withdrawal(consent_id: UUID) -> Response:
    """Ask before a consent is taken back."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    return _withdrawal_page(_own(session, consent_id))


@account.post("/account/services/<uuid:consent_id>/withdraw")
def withdraw(consent_id: UUID) -> Response:
    """Take a consent back; somebody else's is not found, as one that never was (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if request.form.getlist("decision") != ["withdraw"]:
        return _withdrawal_page(_own(session, consent_id), errors=[("", "decision_missing")])
    withdrawn = consents().withdraw(session.subscriber_id, consent_id, session_id=session.id)
    db.session.commit()
    if isinstance(withdrawn, Refusal):
        raise NotFound
    return redirect(url_for("account.listed_services", withdrawn=withdrawn.consumer_id), code=303)


def _own(session: Session, consent_id: UUID) -> Consent:
    for consent in consents().list_for(session.subscriber_id):
        if consent.consent_id == consent_id:
            return consent
    raise NotFound


def shown_consent(consent: Consent) -> dict[str, Any]:
    """A consent as the pages show it, in the page's language."""
    client = services().registry.get(consent.consumer_id)
    tag = language.current().tag
    logo = None if client is None else client.logo_uri
    # The words that the person agreed to; in the page's language while the service says the same.
    same = client is not None and client.purpose == consent.purpose
    purpose = client.purpose_in(tag) if client is not None and same else consent.purpose
    return {
        "name": consent.consumer_id if client is None else client.name_in(tag),
        "logo_url": logo if logo and headers.allow_image(logo) else None,
        "home_url": None if client is None else client.client_uri,
        "fields": lines_of(consent.fields),
        "withheld": lines_of(consent.asked_fields - consent.fields),
        "purpose": purpose or None,
        "granted_at": consent.granted_at,
        "expires_at": consent.expires_at,
        "long_access": OFFLINE in consent.scopes,
        "withdraw_url": url_for("account.confirm_withdrawal", consent_id=consent.consent_id),
    }


def _withdrawal_page(consent: Consent, errors: list[tuple[str, str]] | None = None) -> Response:
    page = render_template(
        "account/withdraw.html",
        service=shown_consent(consent),
        action=url_for("account.withdraw", consent_id=consent.consent_id),
        stay_url=url_for("account.listed_services"),
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _banner(session: Session) -> tuple[str, str] | None:
    """That sharing has stopped: told only while it is so."""
    client_id = request.args.get("withdrawn", "")
    client = services().registry.get(client_id) if client_id else None
    if client is None or consents().current(session.subscriber_id, client.client_id) is not None:
        return None
    return ("withdrawn", client.name_in(language.current().tag))
