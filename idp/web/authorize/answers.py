"""How the authorization endpoint answers a client through the browser: query or form post, always with `iss`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response

from idp.authorization.request import Fail, Stop
from idp.telemetry import refused, request_id
from idp.web import headers

__all__ = ["answer_client", "fail_page", "stop_page"]


def answer_client(
    redirect_uri: str, response_mode: str, members: Sequence[tuple[str, str | None]], issuer: str
) -> Response:
    """Send `members` (None ones left out) and `iss` (RFC 9207) to a verified redirect URI."""
    sent = [(name, value) for name, value in members if value is not None]
    sent.append(("iss", issuer))
    if response_mode == "form_post":
        headers.allow_form_redirect(redirect_uri)
        page = render_template("authorize/form_post.html", redirect_uri=redirect_uri, fields=sent, client=None)
        response: Response = make_response(page)
    else:
        joint = "&" if "?" in redirect_uri else "?"
        # 303: a 307 would send the sign-in form on to the client (RFC 9700 4.12).
        response = redirect(f"{redirect_uri}{joint}{urlencode(sent)}", code=303)
    response.headers["Cache-Control"] = "no-store"
    return response


def fail_page(failure: Fail, issuer: str) -> Response:
    """A refusal that the client is told."""
    refused(f"authorize.{failure.error}")
    members = [("error", failure.error), ("error_description", failure.description), ("state", failure.state)]
    return answer_client(failure.redirect_uri, failure.response_mode, members, issuer)


def stop_page(stop: Stop, *, status: int = 400) -> Response:
    """A refusal that only the person is told: there is no address that could be trusted with it."""
    refused(f"authorize.{stop.reason}")
    page = render_template(
        "authorize/stopped.html",
        reason=stop.reason,
        reference=request_id.get(),
        client=None,
        oauth_error="invalid_request",
    )
    return make_response(page, status)
