"""`/notice/<secret>`: GET says what will happen, so that a mail scanner that follows links does nothing; POST does it.

Whoever holds the link may use it, signed in or not: it only ever stops something. A link that is wrong, used or too old
is answered alike, and names nobody.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, make_response, render_template, url_for
from werkzeug.wrappers import Response

from idp.errors import Refusal
from idp.telemetry import refused
from idp.web.extensions import db
from idp.web.notice.answers import act
from idp.web.rooms import links

__all__ = ["notice"]

notice = Blueprint("notice", __name__)


@notice.get("/notice/<secret>")
def show(secret: str) -> Response:
    """What the link will do."""
    link = links().peek(secret)
    if isinstance(link, Refusal):
        return _over(link)
    action = url_for("notice.answer", secret=secret)
    return _private(render_template("notice/ask.html", kind=link.kind.value, action=action), 200)


@notice.post("/notice/<secret>")
def answer(secret: str) -> Response:
    """Do it, once."""
    link = links().spend(secret)
    if isinstance(link, Refusal):
        return _over(link)
    outcome = act(link)
    db.session.commit()
    if outcome is False:
        return _over(None)
    until = outcome if isinstance(outcome, datetime) else None
    page = render_template(
        "notice/done.html",
        kind=link.kind.value,
        until=until,
        account_url=url_for("account.home"),
        password_url=url_for("account.password"),
        recover_url=url_for("recovery.start"),
    )
    return _private(page, 200)


def _over(refusal: Refusal | None) -> Response:
    if refusal is not None:
        refused(refusal.code.value)
    return _private(render_template("notice/over.html", account_url=url_for("account.home")), 404)


def _private(page: str, status: int) -> Response:
    """Never stored: the address itself is a secret while the link is good."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
