"""The rooms of statistics over the session of a request or a job: as `enrollment.web.rooms`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.cases import Case, Section
from enrollment.centres.division_files import Division, Level
from enrollment.statistics import CaseCounter, Comparisons, Dashboards
from enrollment.web.centre_rooms import register
from enrollment.web.rooms import adjudication, cases, divisions
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["case_counter", "comparisons", "dashboards"]


def dashboards() -> Dashboards:
    """What supervisors and auditors see."""
    return Dashboards(db.session(), adjudication().agreement, services().clock, trail())


def case_counter() -> CaseCounter:
    """Counts what happens to applications."""
    return CaseCounter(db.session(), _Told(), _Districts(), services().clock)


def comparisons() -> Comparisons:
    """Counts comparisons of people with what is enrolled."""
    return Comparisons(db.session(), register(), _Districts(), services().clock)


class _Told:
    def person(self, case: Case) -> Mapping[str, Any]:
        """The section with the birth date; empty where it is gone."""
        return cases().sections.read(case).of(Section.PERSON)


class _Districts:
    def __init__(self) -> None:
        self._held: Mapping[str, Division] = {one.code: one for one in divisions().all()}

    def district(self, code: str) -> str:
        """The district that a division is, or lies in."""
        found = self._held.get(code)
        while found is not None and found.level is not Level.DISTRICT:
            found = self._held.get(found.parent or "")
        return "" if found is None else found.code
