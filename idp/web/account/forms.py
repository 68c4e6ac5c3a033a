"""Reading a form of the account pages: the fields it has, each once, and nothing else."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import BadRequest

__all__ = ["fields"]

_TOKEN = "csrf_token"


def fields(*names: str) -> dict[str, str]:
    """The named fields, empty where one is missing; a field that the page does not have, or two of one, is a 400.

    So nobody sets by an extra field what the page does not ask for: `email_verified`, say (AC-084).
    """
    if not set(request.form) <= {*names, _TOKEN}:
        raise BadRequest
    if any(len(request.form.getlist(name)) > 1 for name in request.form):
        raise BadRequest
    return {name: request.form.get(name, "") for name in names}
