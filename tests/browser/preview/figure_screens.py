"""The pages of searches and of statistics, in their states."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from enrollment.finding import AROUND, FoundFor
from enrollment.register import Status
from enrollment.statistics import AGES, Table
from enrollment.statistics.dashboards import FAULTS, MODALITIES, SECTIONS, STEPS
from enrollment.statistics.measures import Wait
from enrollment.statistics.tables import apart, counted, means, shares, told
from enrollment.statistics.waiting import SPANS
from enrollment.web.statistics.charts import chart_of
from tests.browser.preview.officer_screens import HERE, POST, STAFF
from tests.browser.preview.screen import Screen

AUDITOR = {"here": {**HERE, "centre": None, "roles": ["auditor"]}}
SUPPORT = {"here": {**HERE, "centre": None, "roles": ["support"]}}
LAST = date(2026, 10, 1)
TYPED = {"names": "Testa Sampleton", "born": "1990", "around": "1", "sex": "", "place": "Bo"}
HIT: dict[str, Any] = {
    "name": "Testa B\u2022\u2022\u2022 Sampleton", "born": "1990", "sex": "female", "place": "Bo", "status": "active",
    "url": "/preview/person-found",
}  # fmt: skip
SEARCH: dict[str, Any] = {
    **STAFF, "typed": {"around": "1"}, "purpose": "", "purposes": [one.value for one in FoundFor],
    "around": [str(years) for years in AROUND], "places": ["Bo", "Kailahun"], "errors": [], "searched": False,
    "complete": True, "hits": [], "action": POST,
}  # fmt: skip
LISTED: dict[str, Any] = {
    **SEARCH, "typed": TYPED, "purpose": "forgotten", "searched": True, "complete": False,
    "hits": [HIT, {**HIT, "place": "", "sex": "unspecified", "status": "deceased"}, {**HIT, "status": "suspended"}],
}  # fmt: skip
OPENED: dict[str, Any] = {
    **STAFF,
    "hit": SimpleNamespace(name="Testa Binta Sampleton", born="1990", sex="female", place="Bo", status=Status.ACTIVE),
    "record": "active", "nin": "\u2022" * 8 + "123", "level": 3, "accounts": 1, "whole": True,
    "kinds": ["update", "correction", "reenrol"], "key": "k", "action": POST, "back_url": "/preview/people-found",
}  # fmt: skip


def shown(table: Table) -> dict[str, Any]:
    """A table as the page gets it."""
    hides = any(row.hidden for row in table.rows)
    return {
        "key": table.key, "names": table.names, "unit": table.unit, "rows": table.rows, "total": table.total,
        "empty": table.empty, "hides": hides, "chart": chart_of(table),
    }  # fmt: skip


def tables(*, full: bool) -> list[dict[str, Any]]:
    """Of a busy month, or of one in which nothing happened."""
    some = 1 if full else 0
    steps = {step.value: some * (1400 - 120 * place) for place, step in enumerate(STEPS)}
    waits = {wait.value: (some * 900, some * 900 * 60.0 * (place + 1) * 7) for place, wait in enumerate(Wait)}
    sections = {one: (some * 900, some * 900 * (1.3 + place)) for place, one in enumerate(SECTIONS)}
    ages = {age: some * count for age, count in zip((*AGES, ""), (4, 30, 320, 500, 210, 60, 0), strict=True)}
    made = [
        apart("steps", "step", {**steps, "fraud": some * 3}),
        means("waits", "wait", "h", waits, 1 / 60),
        means("sections", "section", "min", sections),
        means("quality", "modality", "0-100", dict.fromkeys(MODALITIES, (some * 900, some * 900 * 63.0))),
        told("faults", "fault", {code: some * (90 - 15 * place) for place, code in enumerate(FAULTS)}),
        counted("pending_age", "span", dict.fromkeys(SPANS, some * 40)),
        counted("issued_age", "age", ages),
        shares("missed_face_age", "age", {age: count // 12 for age, count in ages.items()}, ages),
        counted("known", "answer", {"right": some * 240, "missed": some * 12, "confused": some * 2, "unsure": 0}),
    ]
    return [shown(table) for table in made]


DASHBOARD: dict[str, Any] = {
    **STAFF, "which": "centre", "name": "Bo, Fenton Road (made up)", "month": "2026-10", "first": LAST, "over": True,
    "months": [("2026-11", date(2026, 11, 1)), ("2026-10", LAST)], "tables": tables(full=True),
    "divisions": {"SL-S-BO": "Bo"}, "centres": [], "chosen": "", "action": POST, "centre_action": POST,
    "nation_url": None, "file_url": POST,
}  # fmt: skip
NATION: dict[str, Any] = {
    **DASHBOARD, **AUDITOR, "which": "nation", "name": "", "centres": [("1", "Bo, Fenton Road (made up)")],
    "nation_url": POST,
}  # fmt: skip
REFUSED = {"back_url": "/preview/people-search", "today_url": "/preview/officer-today", "reference": "4f8a"}

FIGURE_SCREENS: dict[str, Screen] = {
    "people-search": Screen("people/search.html", SEARCH),
    "people-search-wrong": Screen(
        "people/search.html",
        {**SEARCH, "typed": {**TYPED, "place": ""}, "errors": [("names", "more_wrong"), ("born", "born_wrong")]},
        400,
    ),
    "people-search-often": Screen(
        "people/search.html", {**SEARCH, **SUPPORT, "typed": TYPED, "errors": [("names", "limit_wrong")]}, 429
    ),
    "people-found": Screen("people/search.html", LISTED),
    "people-nobody": Screen("people/search.html", {**LISTED, "hits": [], "complete": True}),
    "person-found": Screen("people/person.html", OPENED),
    "person-found-masked": Screen(
        "people/person.html",
        {**OPENED, **SUPPORT, "whole": False, "kinds": [], "record": "suspended", "nin": "", "accounts": 0},
    ),
    "person-own": Screen("people/refused.html", {**REFUSED, "code": "ENR-OWN", "about": ""}, 403),
    "person-closed": Screen("people/refused.html", {**REFUSED, "code": "ENR-UNKNOWN", "about": ""}, 404),
    "statistics-centre": Screen("statistics/dashboard.html", DASHBOARD),
    "statistics-nation": Screen("statistics/dashboard.html", NATION),
    "statistics-empty": Screen(
        "statistics/dashboard.html", {**NATION, "over": False, "tables": tables(full=False), "month": "2026-11"}
    ),
    "statistics-refused": Screen("statistics/refused.html", {**REFUSED, "code": "ENR-ROLE", "about": "posting"}, 403),
}
