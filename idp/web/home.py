"""The start page and the pages about this site.

In development it tells whom to sign in as and what to try.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.totp import current_code
from idp.sessions import Session
from idp.subscribers.profile import display_name
from idp.web import text_size
from idp.web.extensions import services
from idp.web.guards import current_session
from idp.web.rooms import directory

__all__ = ["home"]

home = Blueprint("home", __name__)


@home.get("/")
def start() -> Response:
    """What this site is, and the way to the account."""
    page = render_template("home.html", signed_in=_name(current_session()), demo=_demo())
    return make_response(page)


@home.get("/help")
def help_page() -> Response:
    """Help with signing in."""
    return make_response(render_template("help.html"))


@home.get("/privacy")
def privacy() -> Response:
    """What is kept about people, and which cookies."""
    return make_response(render_template("privacy.html"))


@home.get("/accessibility")
def accessibility() -> Response:
    """How far these pages serve everybody."""
    return make_response(render_template("accessibility.html"))


@home.get("/text-size")
def text() -> Response:
    """How large text is shown in this browser; for everybody, signed in or not."""
    page = render_template(
        "text_size.html", sizes=text_size.SIZES, size=text_size.current(), saved="saved" in request.args
    )
    return make_response(page)


@home.post("/text-size")
def choose_text() -> Response:
    """Keep the size in this browser."""
    chosen = request.form.get("size", "")
    if chosen not in text_size.SIZES:
        return redirect(url_for("home.text"), code=303)
    response = make_response(redirect(url_for("home.text", saved=1), code=303))
    text_size.remember(response, chosen)
    return response


def _name(session: Session | None) -> str | None:
    people = directory()
    person = None if session is None else people.get(session.subscriber_id)
    identity = None if person is None else people.identity(person)
    return None if identity is None else display_name(identity)


def _demo() -> dict[str, Any] | None:
    """The made-up people and services, only where the stores are the embedded ones of a developer."""
    options = services().options
    if not options.development or not options.embedded:
        return None
    document = _read(options.data / "demo" / "people.json")
    if document is None:
        return None
    return {
        "people": [_with_code(person) for person in document.get("people", [])],
        "services": document.get("services", []),
    }


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _with_code(person: dict[str, Any]) -> dict[str, Any]:
    secret = person.get("totp_secret")
    shown = current_code(secret, services().clock) if secret else None
    return {
        "name": person.get("name"),
        "identifier": person.get("identifier"),
        "password": person.get("password"),
        "what": person.get("what"),
        "code": None if shown is None else shown.code,
        "code_seconds": None if shown is None else shown.seconds,
    }
