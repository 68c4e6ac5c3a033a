"""The page behind an activation link. Opening it does nothing, so that a preview of the link spends nothing."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from idp.errors import Refusal
from idp.telemetry import refused
from idp.web import cookies
from idp.web.extensions import db
from idp.web.rooms import activation
from idp.web.signin.stepping import from_browser
from idp.web.signin.views import signin

__all__ = ["activate", "offer"]


@signin.get("/signin/activate/<secret>")
def offer(secret: str) -> Response:
    """Say what the link is for."""
    return _page(secret) if activation().good(secret) else _over()


@signin.post("/signin/activate/<secret>")
def activate(secret: str) -> Response:
    """Use the link: on to the page that adds a passkey."""
    activated = activation().activate(secret, from_browser())
    db.session.commit()
    if isinstance(activated, Refusal):
        refused(activated.code.value)
        return _over()
    response = redirect(url_for("account.add_passkey"), code=303)
    cookies.set_session(response, activated.session_secret)
    cookies.set_device(response, activated.device_cookie)
    return response


def _page(secret: str) -> Response:
    page = render_template("signin/activation.html", action=url_for("signin.activate", secret=secret), good=True)
    return make_response(page)


def _over() -> Response:
    return make_response(render_template("signin/activation.html", good=False), 404)
