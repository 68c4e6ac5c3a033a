"""Figures of a centre's officers, for its supervisor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.centre_rooms import capture_figures, figures
from enrollment.web.managing.answers import colleague, refused_here
from enrollment.web.managing.blueprint import managing
from enrollment.web.staff.guard import Present, present, shown_page
from idp.web.extensions import services

__all__ = ["officer_figures"]

SPANS = (1, 7, 30, 90)


@managing.get("/staff/figures")
def officer_figures() -> Response:
    """What each officer of the centre did in the last days, and how well it was captured."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    asked = request.args.get("days", 7, type=int)
    days = asked if asked in SPANS else 7
    rows = _rows(here, timedelta(days=days))
    if isinstance(rows, Refusal):
        return refused_here(rows, "staff.review")
    return shown_page(
        here,
        "managing/figures.html",
        rows=rows,
        days=days,
        spans=[(one, url_for("managing.officer_figures", days=one)) for one in SPANS],
        review_url=url_for("staff.review"),
    )


def _rows(here: Present, span: timedelta) -> list[dict[str, Any]] | Refusal:
    counted = figures().of_centre(here.actor, span)
    if isinstance(counted, Refusal) or here.actor.centre_id is None:
        return counted if isinstance(counted, Refusal) else []
    captured = capture_figures().of_centre(here.actor.centre_id, services().clock.now() - span)
    rows = []
    for one in counted:
        images = captured.get(one.officer_id)
        rows.append(
            {
                "officer": colleague(one.officer_id),
                "figures": one,
                "share": None if not one.signed else round(100 * one.returned / one.signed),
                "captured": images,
                "at_once": None if images is None or not images.accepted else 100 * images.at_once // images.accepted,
            }
        )
    return rows
