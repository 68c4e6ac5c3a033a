"""The two dashboards as pages: a chart for each table, and the table under it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.centres.division_files import Level
from enrollment.errors import Refusal
from enrollment.statistics import Month, Table, month_of
from enrollment.statistics.months import months_until
from enrollment.web.rooms import centres, divisions
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.statistics.blueprint import statistics
from enrollment.web.statistics.charts import chart_of
from enrollment.web.statistics_rooms import dashboards
from idp.web.extensions import services

__all__ = ["SEERS", "asked_centre", "asked_month", "centre", "nation"]

SEERS = (Role.SUPERVISOR, Role.AUDITOR)
MAX_ID = 36


@statistics.get("/staff/statistics")
def centre() -> Response:
    """A centre: a supervisor's own; the auditor chooses one, or goes to the nation."""
    here = present(*SEERS)
    if isinstance(here, Response):
        return here
    asked = asked_centre()
    if asked is None and here.actor.centre_id is None and here.actor.holds(Role.AUDITOR):
        return nation()
    month = asked_month()
    tables = dashboards().centre(here.actor, month, asked)
    if isinstance(tables, Refusal):
        return refusal_page(tables, page="statistics/refused.html")
    found = centres().find(asked or here.actor.centre_id or UUID(int=0))
    name = "" if isinstance(found, Refusal) else found.name
    chosen = {} if asked is None else {"centre": str(asked)}
    return _page(here, "centre", month, tables, name, chosen)


@statistics.get("/staff/statistics/nation")
def nation() -> Response:
    """The whole country, for the auditor."""
    here = present(Role.AUDITOR)
    if isinstance(here, Response):
        return here
    month = asked_month()
    tables = dashboards().nation(here.actor, month)
    if isinstance(tables, Refusal):
        return refusal_page(tables, page="statistics/refused.html")
    return _page(here, "nation", month, tables, "", {})


def asked_month() -> Month:
    """The month in the address, or this one."""
    return month_of(request.args.get("month", ""), services().clock.now().date())


def asked_centre() -> UUID | None:
    """The centre in the address."""
    try:
        return UUID(request.args.get("centre", "")[:MAX_ID])
    except ValueError:
        return None


def _page(here: Present, which: str, month: Month, tables: list[Table], name: str, chosen: dict[str, str]) -> Response:
    today = services().clock.now().date()
    auditor = here.actor.holds(Role.AUDITOR)
    return shown_page(
        here,
        "statistics/dashboard.html",
        which=which,
        name=name,
        month=month.text,
        first=month.first,
        over=month.over(today),
        months=[(one.text, one.first) for one in months_until(today)],
        tables=[_shown(table) for table in tables],
        divisions={one.code: one.name for one in divisions().all(Level.DISTRICT)},
        centres=[(str(one.id), one.name) for one in centres().all()] if auditor else [],
        chosen=chosen.get("centre", ""),
        action=url_for(f"statistics.{which}"),
        centre_action=url_for("statistics.centre"),
        nation_url=url_for("statistics.nation", month=month.text) if auditor else None,
        file_url=url_for(f"statistics.{which}_file", month=month.text, **chosen),  # type: ignore[arg-type]  # arguments of the address
    )


def _shown(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "names": table.names,
        "unit": table.unit,
        "rows": table.rows,
        "total": table.total,
        "empty": table.empty,
        "hides": any(row.hidden for row in table.rows),
        "chart": chart_of(table),
    }
