"""How adjudicators decide, as figures for the auditor; nobody who votes sees them."""

from __future__ import annotations

from datetime import timedelta

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.adjudicators.refusing import no
from enrollment.web.rooms import adjudication
from enrollment.web.staff.guard import present, shown_page
from idp.web.extensions import services

__all__ = ["agreement"]

PERIODS = (30, 90, 365)


@adjudicators.get("/adjudicate/agreement")
def agreement() -> Response:
    """Of the last days: votes, agreement with others, and answers to cases whose answer is known."""
    here = present(Role.AUDITOR)
    if isinstance(here, Response):
        return here
    asked = request.args.get("days", "")
    days = next((period for period in PERIODS if str(period) == asked), PERIODS[0])
    found = adjudication().agreement.figures(here.actor, services().clock.now() - timedelta(days=days))
    if isinstance(found, Refusal):
        return no(found)
    periods = [(period, url_for("adjudicators.agreement", days=period)) for period in PERIODS]
    return shown_page(here, "adjudication/agreement.html", days=days, periods=periods, rows=found)
