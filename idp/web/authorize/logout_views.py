"""The end-session endpoint.

A request with a valid hint for this very session signs out at once; any other one asks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authorization.logout import LogoutRequest, read_logout_request
from idp.authorization.participation import clients_of_session
from idp.authorization.request import Parameters, Stop
from idp.sessions import EndReason, Session
from idp.subscribers.folding import sort_key
from idp.web import cookies, headers, language
from idp.web.authorize.answers import stop_page
from idp.web.extensions import db, services
from idp.web.guards import current_session, sessions

__all__ = ["logout"]

logout = Blueprint("logout", __name__)


@logout.route("/oauth/logout", methods=["GET", "POST"])
def endpoint() -> Response:
    """GET or POST from a client's page (section 2). Without a valid hint nobody is signed out by it."""
    shared = services()
    parameters = Parameters.of((*request.args.items(multi=True), *request.form.items(multi=True)))
    if isinstance(parameters, Stop):
        return stop_page(parameters)
    asked = read_logout_request(parameters, shared.registry, shared.keyring, shared.options.issuer)
    session = current_session()
    if session is None:
        return _signed_out(asked)
    if _is_about(asked, session):
        return _end(session, asked)
    return _confirm(session, asked)


@logout.post("/oauth/logout/confirm")
def confirm() -> Response:
    """The person said on our own page that they want to sign out."""
    session = current_session()
    asked = LogoutRequest()
    client_id = request.args.get("client_id", "")
    if client_id:
        client = services().registry.get(client_id)
        asked = LogoutRequest(client=client if client and client.enabled else None)
    return _end(session, asked) if session else _signed_out(asked)


def _is_about(asked: LogoutRequest, session: Session) -> bool:
    """True when the hint was issued for this session at that client."""
    if asked.client is None or asked.sid is None:
        return False
    return asked.sid == services().subjects.session_id(session.id, asked.client.client_id)


def _end(session: Session, asked: LogoutRequest) -> Response:
    used = _services_used(session)
    sessions().end(session.id, EndReason.SIGNED_OUT)
    db.session.commit()
    response = _signed_out(asked, used)
    cookies.clear_session(response)
    return response


def _confirm(session: Session, asked: LogoutRequest) -> Response:
    client_id = asked.client.client_id if asked.client else None
    page = render_template(
        "logout/confirm.html",
        client=_shown(asked),
        services=_services_used(session),
        action=url_for("logout.confirm", client_id=client_id),
        stay_url=url_for("account.home"),
    )
    return make_response(page)


def _services_used(session: Session) -> list[str]:
    registry = services().registry
    clients = (registry.get(client_id) for client_id in clients_of_session(db.session, session.id))
    names = (client.name_in(language.current().tag) for client in clients if client is not None)
    return sorted(names, key=sort_key)


def _signed_out(asked: LogoutRequest, used: Sequence[str] = ()) -> Response:
    if asked.return_to is not None:
        joint = "&" if "?" in asked.return_to else "?"
        target = f"{asked.return_to}{joint}{urlencode({'state': asked.state})}" if asked.state else asked.return_to
        return redirect(target, code=303)
    back = asked.client.client_uri if asked.client else None
    # Nobody is told yet: a service notices when it next asks, so the page claims nothing (`told` is None).
    listed = [{"name": name, "told": None} for name in used]
    page = render_template("logout/done.html", client=_shown(asked), back_url=back, services=listed)
    return make_response(page)


def _shown(asked: LogoutRequest) -> dict[str, str | None] | None:
    client = asked.client
    if client is None:
        return None
    logo = client.logo_uri if client.logo_uri and headers.allow_image(client.logo_uri) else None
    name = client.name_in(language.current().tag)
    return {"name": name, "logo_url": logo, "home_url": client.client_uri, "policy_url": None, "terms_url": None}
