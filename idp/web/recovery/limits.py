"""How often somebody may begin, ask for messages and try: by network and by what was typed, never by who exists."""

from __future__ import annotations

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from idp.errors import Refusal
from idp.keys import Purpose
from idp.telemetry import THROTTLED, refused
from idp.web.extensions import services

__all__ = ["begun", "may_send", "wait_page"]

HOUR_SECONDS = 3600


def begun(retry_url: str) -> Response | None:
    """Count one beginning from this network; the page that asks to wait when there were too many."""
    refusal = services().address_limit.count_begun(services().client_address(request.environ))
    return None if refusal is None else wait_page(refusal, retry_url)


def may_send(about: str, limit: int) -> int:
    """Count one message about what was typed; 0 when it may go out, else the seconds to wait."""
    name = services().purpose_keys.mac(Purpose.THROTTLE, f"message|{about}").hex()[:32]
    count = services().ephemeral.count(f"message:{name}", limit=limit, window_seconds=HOUR_SECONDS)
    return 0 if count.allowed else count.retry_after


def wait_page(refusal: Refusal, retry_url: str) -> Response:
    """The page that asks to wait. Its words are the same whoever was named."""
    refused(refusal.code.value)
    THROTTLED.labels(refusal.detail).inc()
    seconds = refusal.retry_after or 1
    page = render_template("recovery/wait.html", minutes=max(1, -(-seconds // 60)), retry_url=retry_url)
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response
