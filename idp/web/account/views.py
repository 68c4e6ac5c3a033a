"""Views of the account pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.consent import Consent
from idp.consent.offer import OFFLINE, lines_of
from idp.errors import Refusal
from idp.sessions import EndReason, Session
from idp.subscribers.profile import display_name
from idp.web import cookies, headers, language
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import consents, directory, sessions

__all__ = ["account"]

account = Blueprint("account", __name__)


@account.get("/account")
def home() -> Response:
    """Who is signed in, and which services know something of them."""
    session = current_session()
    if session is None:
        return _sign_in_first()
    listed = consents().list_for(session.subscriber_id)
    page = render_template(
        "account/home.html",
        person=_person(session),
        signed_in_at=session.authenticated_at,
        services=[_shown(consent) for consent in listed],
        banner=_banner(session),
        sign_out_action=url_for("account.sign_out"),
    )
    return make_response(page)


@account.get("/account/services/<uuid:consent_id>/withdraw")
def confirm_withdrawal(consent_id: UUID) -> Response:
    """Ask before a consent is taken back."""
    session = current_session()
    if session is None:
        return _sign_in_first()
    return _withdrawal_page(_own(session, consent_id))


@account.post("/account/services/<uuid:consent_id>/withdraw")
def withdraw(consent_id: UUID) -> Response:
    """Take a consent back; somebody else's is not found, as one that never was (AC-090)."""
    session = current_session()
    if session is None:
        return _sign_in_first()
    if request.form.getlist("decision") != ["withdraw"]:
        return _withdrawal_page(_own(session, consent_id), errors=[("", "decision_missing")])
    withdrawn = consents().withdraw(session.subscriber_id, consent_id, session_id=session.id)
    db.session.commit()
    if isinstance(withdrawn, Refusal):
        raise NotFound
    return redirect(url_for("account.home", withdrawn=withdrawn.consumer_id), code=303)


@account.post("/signout")
def sign_out() -> Response:
    """End this browser's session."""
    session = current_session()
    if session is not None:
        sessions().end(session.id, EndReason.SIGNED_OUT)
        db.session.commit()
    response = redirect(url_for("account.signed_out"), code=303)
    cookies.clear_session(response)
    return response


@account.get("/signed-out")
def signed_out() -> Response:
    """Say that it is done."""
    return make_response(render_template("logout/done.html", services=[], client=None, back_url=None))


def _sign_in_first() -> Response:
    return redirect(url_for("signin.start"), code=303)


def _person(session: Session) -> str:
    people = directory()
    person = people.get(session.subscriber_id)
    identity = None if person is None else people.identity(person)
    if identity is None:
        raise NotFound
    return display_name(identity)


def _own(session: Session, consent_id: UUID) -> Consent:
    for consent in consents().list_for(session.subscriber_id):
        if consent.consent_id == consent_id:
            return consent
    raise NotFound


def _shown(consent: Consent) -> dict[str, Any]:
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
        "purpose": purpose or None,
        "granted_at": consent.granted_at,
        "expires_at": consent.expires_at,
        "long_access": OFFLINE in consent.scopes,
        "withdraw_url": url_for("account.confirm_withdrawal", consent_id=consent.consent_id),
    }


def _withdrawal_page(consent: Consent, errors: list[tuple[str, str]] | None = None) -> Response:
    page = render_template(
        "account/withdraw.html",
        service=_shown(consent),
        action=url_for("account.withdraw", consent_id=consent.consent_id),
        stay_url=url_for("account.home"),
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
