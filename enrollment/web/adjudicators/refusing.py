"""A no at the adjudicators' pages, in their words."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from enrollment.errors import Refusal
from enrollment.web.staff.guard import refusal_page

__all__ = ["no"]


def no(refusal: Refusal) -> Response:
    """The page of a refusal, which leads back to the list; its audit row is kept."""
    return refusal_page(refusal, url_for("adjudicators.queue"), "adjudication/refused.html")
