"""What every change of a way to sign in asks for: a session proven a moment ago, and not too many changes."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators import Passwords
from idp.authenticators.methods import Method
from idp.authenticators.newcomers import NEW_FOR
from idp.authenticators.password_rules import ALONE
from idp.ephemeral import Count
from idp.notices import LinkKind, Notice
from idp.sessions import Session
from idp.sessions.browsers import told
from idp.telemetry import THROTTLED
from idp.web.account.guard import PLAIN, Change, recently, signed_in
from idp.web.extensions import db, services
from idp.web.rooms import links, notices, trail

__all__ = ["asked_to_wait", "counted", "here", "longer_password_first", "proven", "proven_and_counted", "tell_added"]

CHANGES = 20
WINDOW_SECONDS = 3600


def proven(change: Change = PLAIN) -> Session | Response:
    """The session, for pages that change something; else the way to prove more, or why nothing may be changed."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    return recently(session, change=change) or session


def proven_and_counted(change: Change = PLAIN) -> Session | Response:
    """As `proven`, for a form that is a change from the first moment: counted, too, as `counted` says."""
    session = proven(change)
    if isinstance(session, Response):
        return session
    return counted(session) or session


def tell_added(session: Session, method: Method, method_id: UUID | None) -> None:
    """Tell the person that they can sign in in one way more, with a link that takes exactly that away again."""
    more = {}
    if method_id is not None:
        more["link"] = links().make(LinkKind.REMOVE_METHOD, session.subscriber_id, method_id, NEW_FOR)
    notices().tell(session.subscriber_id, Notice.METHOD_ADDED, {"method": method.value, **more, **here()})


def here() -> dict[str, str]:
    """This browser, by the parameters of a notice that tells of a change made in it."""
    return told(request.headers.get("User-Agent", ""))


def counted(session: Session) -> Response | None:
    """Count one change of this person; the page that asks to wait after twenty in an hour."""
    name = f"changes:{session.subscriber_id}"
    return asked_to_wait(services().ephemeral.count(name, limit=CHANGES, window_seconds=WINDOW_SECONDS))


def asked_to_wait(count: Count) -> Response | None:
    """None while this many are allowed; else the page that asks to wait."""
    if count.allowed:
        return None
    THROTTLED.labels("changes").inc()
    minutes = max(1, -(-count.retry_after // 60))
    page = render_template("account/methods_wait.html", minutes=minutes, methods_url=url_for("account.methods"))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(count.retry_after)
    return response


def longer_password_first(session: Session) -> Response | None:
    """The page that asks for a longer password, before the last second factor beside a short one is taken away.

    Call it in the transaction of the removal: it keeps others from being removed at the same moment.
    """
    shared = services()
    passwords = Passwords(db.session(), shared.hasher, shared.clock, trail(), shared.listed_password)
    if not passwords.left_short(session.subscriber_id):
        return None
    page = render_template(
        "account/longer_password.html",
        shortest=ALONE,
        password_url=url_for("account.password", alone="1"),
        methods_url=url_for("account.methods"),
    )
    return make_response(page, 409)
