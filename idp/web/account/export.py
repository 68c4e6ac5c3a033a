"""Download of everything about the person: asked for here, made by a worker, read here for a day."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.errors import Refusal
from idp.selfservice.exports import Form
from idp.sessions import Session
from idp.web.account.blueprint import account
from idp.web.account.forms import fields
from idp.web.account.guard import RECENT, recently, signed_in
from idp.web.extensions import db, services
from idp.web.selfservice_rooms import exports

__all__ = ["ask_export", "fetch_export", "return_to_asking", "return_to_export", "show_export"]

AGAIN_SECONDS = 3
CONFIRMED = "confirmed"
_KINDS = {Form.DOCUMENT: "application/json", Form.PRINT: "application/pdf"}


@account.get("/account/data")
def show_export() -> Response:
    """How far the newest copy is; the page looks again by itself while one is being made."""
    session = signed_in()
    return session if isinstance(session, Response) else _export_page(session)


@account.get("/account/data/ask")
def return_to_asking() -> Response:
    """Where a sign-in that was asked for before a copy is made comes back to."""
    return redirect(url_for("account.show_export", said=CONFIRMED), code=303)


@account.post("/account/data/ask")
def ask_export() -> Response:
    """Have a copy made."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    fields()
    asked = exports().ask(session.subscriber_id)
    if isinstance(asked, Refusal):
        db.session.rollback()
        return _export_page(session, [("", asked.code.value)])
    db.session.commit()
    return redirect(url_for("account.show_export"), code=303)


@account.get("/account/data/<uuid:export_id>/<form>")
def return_to_export(export_id: UUID, form: str) -> Response:  # noqa: ARG001 - the names of the address
    """Where a sign-in that was asked for before a download comes back to."""
    return redirect(url_for("account.show_export", said=CONFIRMED), code=303)


@account.post("/account/data/<uuid:export_id>/<form>")
def fetch_export(export_id: UUID, form: str) -> Response:
    """The copy itself, to somebody who proved a moment ago who they are."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if form not in set(Form):
        raise NotFound
    redirected = recently(session)
    if redirected is not None:
        return redirected
    fields()
    found = exports().fetch(session.subscriber_id, export_id, Form(form))
    if found is None:
        raise NotFound
    db.session.commit()
    response = make_response(found)
    response.headers["Content-Type"] = _KINDS[Form(form)]
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _export_page(session: Session, errors: list[tuple[str, str]] | None = None) -> Response:
    latest = exports().latest(session.subscriber_id)
    making = latest is not None and latest.state in {"waiting", "working"}
    now = services().clock.now()
    page = render_template(
        "account/data.html",
        copy=latest,
        making=making,
        confirmed=request.args.get("said") == CONFIRMED and now - session.authenticated_at <= RECENT,
        may_ask=latest is None or latest.state == "failed" or latest.next_at <= now,
        errors=errors or [],
        ask_action=url_for("account.ask_export"),
        document_action=None if latest is None else _fetch(latest.id, Form.DOCUMENT),
        print_action=None if latest is None else _fetch(latest.id, Form.PRINT),
        again_url=url_for("account.show_export"),
    )
    response = make_response(page, 400 if errors else 200)
    if making and not errors:
        response.headers["Refresh"] = str(AGAIN_SECONDS)
    return response


def _fetch(export_id: UUID, form: Form) -> str:
    return url_for("account.fetch_export", export_id=export_id, form=form.value)
