"""Closing the account: what it means, a day to think again, and keeping it after all."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from idp.errors import Refusal
from idp.web import cookies
from idp.web.account.blueprint import account
from idp.web.account.forms import fields
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import db
from idp.web.selfservice_rooms import closings

__all__ = ["ask_closing", "begin_closing", "closing_begun"]

SURE = "close"


@account.get("/account/close")
def ask_closing() -> Response:
    """Say what is erased, what the law keeps, and what happens when."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    return recently(session) or _closing_page()


@account.post("/account/close")
def begin_closing() -> Response:
    """Begin the day of waiting, and sign out everywhere."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    redirected = recently(session)
    if redirected is not None:
        return redirected
    if fields("sure")["sure"] != SURE:
        return _closing_page([("sure-close", "closing_unsure")])
    asked = closings().ask(session.subscriber_id)
    if isinstance(asked, Refusal):
        db.session.rollback()
        return _closing_page([("", asked.code.value)])
    db.session.commit()
    response = redirect(url_for("account.closing_begun"), code=303)
    cookies.clear_session(response)
    return response


@account.get("/account/close/begun")
def closing_begun() -> Response:
    """Say what comes next; nobody is signed in here any more."""
    return make_response(render_template("account/closing_begun.html", keep_url=url_for("account.home")))


def _closing_page(errors: list[tuple[str, str]] | None = None) -> Response:
    page = render_template(
        "account/close.html",
        errors=errors or [],
        action=url_for("account.begin_closing"),
        stay_url=url_for("account.home"),
    )
    return make_response(page, 400 if errors else 200)
