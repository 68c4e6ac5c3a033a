"""`/notice/<secret>`: GET says what will happen, so that a mail scanner that follows links does nothing; POST does it.

Whoever holds the link may use it, signed in or not: it only ever stops something. A link that is wrong, used or too old
is answered alike, and names nobody.
"""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from idp.authenticators.newcomers import Newcomer
from idp.authorization.disowning import Disowned
from idp.errors import Refusal
from idp.notices import LinkKind, SecurityLink
from idp.telemetry import refused
from idp.web.extensions import db
from idp.web.notice.answers import GoOn, act
from idp.web.rooms import links, newcomers

__all__ = ["notice"]

notice = Blueprint("notice", __name__)


@notice.get("/notice/<secret>")
def show(secret: str) -> Response:
    """What the link will do."""
    link = links().peek(secret)
    if isinstance(link, Refusal):
        return _over(link)
    page = render_template(
        "notice/ask.html",
        kind=link.kind.value,
        action=url_for("notice.answer", secret=secret),
        methods=[_shown(one) for one in _concerned(link)],
    )
    return _private(page, 200)


@notice.post("/notice/<secret>")
def answer(secret: str) -> Response:
    """Do it, once; but a recovery goes on in whichever browsers its link is opened, and wants a code in each."""
    link = links().peek(secret)
    if not isinstance(link, Refusal) and link.kind is not LinkKind.GO_ON_RECOVERY:
        link = links().spend(secret)
    if isinstance(link, Refusal):
        return _over(link)
    outcome = act(link)
    db.session.commit()
    if outcome is False:
        return _over(None)
    if isinstance(outcome, GoOn):
        return redirect(url_for("recovery.case", case_id=outcome.case_id), code=303)
    undone = outcome if isinstance(outcome, Disowned) else None
    page = render_template(
        "notice/done.html",
        kind=link.kind.value,
        until=None if undone is None else undone.locked_until,
        removed=[] if undone is None else [_shown(one) for one in undone.removed],
        account_url=url_for("account.home"),
        password_url=url_for("account.password"),
        recover_url=url_for("recovery.start"),
    )
    return _private(page, 200)


def _concerned(link: SecurityLink) -> list[Newcomer]:
    """The way to sign in that a link is about."""
    if link.kind is not LinkKind.REMOVE_METHOD or link.concerns is None:
        return []
    found = newcomers().find(link.subscriber_id, link.concerns)
    return [] if found is None else [found]


def _shown(newcomer: Newcomer) -> dict[str, object]:
    return {"method": newcomer.method.value, "name": newcomer.name, "added_at": newcomer.added_at}


def _over(refusal: Refusal | None) -> Response:
    if refusal is not None:
        refused(refusal.code.value)
    return _private(render_template("notice/over.html", account_url=url_for("account.home")), 404)


def _private(page: str, status: int) -> Response:
    """Never stored: the address itself is a secret while the link is good."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
