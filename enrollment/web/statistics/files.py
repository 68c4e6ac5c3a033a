"""The same tables as a file for a spreadsheet: no cell of it is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flask import make_response
from werkzeug.wrappers import Response

from enrollment.cells import plain
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.statistics import Month, Table
from enrollment.web.staff.guard import present, refusal_page
from enrollment.web.statistics.blueprint import statistics
from enrollment.web.statistics.pages import SEERS, asked_centre, asked_month
from enrollment.web.statistics_rooms import dashboards
from idp.web.extensions import db

__all__ = ["as_csv", "centre_file", "nation_file"]

HIDDEN = "hidden"


@statistics.get("/staff/statistics/centre.csv")
def centre_file() -> Response:
    """A centre's month."""
    here = present(*SEERS)
    if isinstance(here, Response):
        return here
    month = asked_month()
    return _file("centre", month, dashboards().centre(here.actor, month, asked_centre()))


@statistics.get("/staff/statistics/nation.csv")
def nation_file() -> Response:
    """The country's month."""
    here = present(Role.AUDITOR)
    if isinstance(here, Response):
        return here
    month = asked_month()
    return _file("nation", month, dashboards().nation(here.actor, month))


def as_csv(month: Month, tables: Iterable[Table]) -> str:
    """Rows of month, table, group, count, figure and unit (RFC 4180); what is hidden says so."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("month", "table", "group", "count", "figure", "unit"))
    for table in tables:
        for row in table.rows:
            count = HIDDEN if row.hidden and row.count is None else row.count
            figure = (
                HIDDEN if row.hidden and table.unit else "" if row.figure is None else f"{round(row.figure, 1):.1f}"
            )
            # Names are written by people; everything else is a word or a figure of our own.
            name = plain(row.name or "not_known")
            writer.writerow((month.text, table.key, name, "" if count is None else count, figure, table.unit))
    return out.getvalue()


def _file(which: str, month: Month, tables: list[Table] | Refusal) -> Response:
    if isinstance(tables, Refusal):
        return refusal_page(tables, page="statistics/refused.html")
    db.session.commit()
    # With a mark, so that spreadsheets read it as UTF-8.
    response = make_response("\N{ZERO WIDTH NO-BREAK SPACE}" + as_csv(month, tables))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="figures-{which}-{month.text}.csv"'
    return response
