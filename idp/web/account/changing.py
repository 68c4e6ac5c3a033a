"""What every change of a way to sign in asks for: a session proven a moment ago, and not too many changes."""

from __future__ import annotations

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from idp.sessions import Session
from idp.telemetry import THROTTLED
from idp.web.account.guard import recently, signed_in
from idp.web.extensions import services

__all__ = ["counted", "proven"]

CHANGES = 20
WINDOW_SECONDS = 3600


def proven() -> Session | Response:
    """The session, for pages that change something; else the way to prove more, or why nothing may be changed."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    return recently(session) or session


def counted(session: Session) -> Response | None:
    """Count one change of this person; the page that asks to wait after twenty in an hour."""
    name = f"changes:{session.subscriber_id}"
    count = services().ephemeral.count(name, limit=CHANGES, window_seconds=WINDOW_SECONDS)
    if count.allowed:
        return None
    THROTTLED.labels("changes").inc()
    minutes = max(1, -(-count.retry_after // 60))
    page = render_template("account/methods_wait.html", minutes=minutes, methods_url=url_for("account.methods"))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(count.retry_after)
    return response
