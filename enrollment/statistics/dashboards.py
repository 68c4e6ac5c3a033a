"""The two dashboards, of a centre and of the nation: tables of a month, and what waits just now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from enrollment.adjudication import Agreement
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.statistics import waiting
from enrollment.statistics.hiding import shown_grid
from enrollment.statistics.measures import AGES, NOT_KNOWN, Measure, Wait
from enrollment.statistics.months import Month
from enrollment.statistics.tables import Table, counted, means, shares, told, told_shares
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["MODALITIES", "SECTIONS", "STEPS", "Dashboards"]

MODALITIES = ("face", "finger")
SECTIONS = ("consent", "person", "documents", "biometrics", "exceptions", "introducer", "preview")
STEPS = (
    Measure.OPENED, Measure.SIGNED, Measure.APPROVED, Measure.RETURNED, Measure.REJECTED, Measure.RECAPTURED,
    Measure.ADJUDICATED, Measure.DUPLICATE, Measure.FRAUD, Measure.ISSUED, Measure.CLAIMED,
)  # fmt: skip
RARE = ("excepted", "failed_face", "failed_finger")
FAULTS = (
    Code.BIO_FORMAT.value, Code.BIO_TOOLARGE.value, Code.BIO_NOFACE.value, Code.BIO_MANYFACES.value,
    Code.BIO_QUALITY.value, Code.BIO_ENGINE.value,
)  # fmt: skip
SEXES = ("female", "male", "unspecified", NOT_KNOWN)
_HOUR = 1 / 60
_SUMS = """
    select measure, name, {group} as "group", sum(count) as count, sum(total) as total from tally
    where day >= :first and day < :after {of_centre} group by 1, 2, 3
"""
_GROUPS = {"all": "''", "sex": "sex", "age": "age", "division": "division"}

_BY_CENTRE = """
    select coalesce(centre_id::text, '') as centre, measure, name, sum(count) as often from tally
    where day >= :first and day < :after and measure = any(:measures) group by 1, 2, 3
"""
# What is counted of each centre, by its measure and name.
_COLUMN_OF: Mapping[str, Mapping[str, str]] = {
    **{step.value: {"": step.value} for step in STEPS},
    Measure.EXCEPTED.value: {"": "excepted"},
    Measure.FAILED.value: {modality: f"failed_{modality}" for modality in MODALITIES},
    Measure.FAULT.value: {code: code for code in FAULTS},
}
_REST = "rest_"
_COLUMNS = (*(one for names in _COLUMN_OF.values() for one in names.values()), *(_REST + name for name in RARE))

Sums = Mapping[tuple[str, str, str], tuple[int, float]]


class Dashboards:
    """Reads figures. Wrong roles are refused with an audit row; nothing here opens anything of a person."""

    def __init__(self, session: Session, agreement: Agreement, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._agreement = agreement
        self._clock = clock
        self._trail = trail

    def centre(self, by: Actor, month: Month, centre_id: UUID | None = None) -> list[Table] | Refusal:
        """Of one centre: a supervisor's own, or any for the auditor.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (another centre's for a supervisor, or not posted).
        """
        if not by.holds(Role.SUPERVISOR, Role.AUDITOR):
            return self._no(by, Refusal(Code.ENR_ROLE))
        if not by.holds(Role.AUDITOR) and centre_id not in {None, by.centre_id}:
            return self._no(by, Refusal(Code.ENR_UNKNOWN, "centre"))
        asked = centre_id or by.centre_id
        if asked is None:
            return self._no(by, Refusal(Code.ENR_UNKNOWN, "posting"))
        return [*self._work(month, asked), *waiting.tables(self._session, self._clock.now(), asked)]

    def nation(self, by: Actor, month: Month) -> list[Table] | Refusal:
        """Of the whole country; by groups of people only for months that are over. Refused: `ENR_ROLE`."""
        if not by.holds(Role.AUDITOR):
            return self._no(by, Refusal(Code.ENR_ROLE))
        now = self._clock.now()
        tables = [*self._work(month), *waiting.tables(self._session, now)]
        if month.over(now.date()):
            tables += self._by_groups(month)
        agreed = self._agreed(by, month)
        return agreed if isinstance(agreed, Refusal) else [*tables, *agreed]

    def _work(self, month: Month, centre_id: UUID | None = None) -> Iterable[Table]:
        sums = self._sums(month, "all", centre_id)
        place = None if centre_id is None else str(centre_id)
        shown = shown_grid(self._by_centre(month, place), summed_places=False).of(place)
        yield told("steps", "step", {step.value: shown[step.value] for step in STEPS})
        hours = {wait.value: _of(sums, Measure.WAIT, wait.value) for wait in Wait}
        yield means("waits", "wait", "h", hours, _HOUR)
        yield means("sections", "section", "min", {one: _of(sums, Measure.SECTION, one) for one in SECTIONS})
        yield means("quality", "modality", "0-100", {one: _of(sums, Measure.QUALITY, one) for one in MODALITIES})
        yield means("tries", "modality", "tries", {one: _of(sums, Measure.TRIES, one) for one in MODALITIES})
        rare = {name: (shown[name], shown[_REST + name]) for name in RARE}
        yield told_shares("exceptions", "exception", rare, shown[Measure.APPROVED.value])
        yield told("faults", "fault", {code: shown[code] for code in FAULTS})

    def _by_centre(self, month: Month, place: str | None) -> dict[str, dict[str, int]]:
        """What is counted of every centre, and of `place` where nothing happened: it is hidden with the others."""
        counts: dict[str, dict[str, int]] = {} if place is None else {place: dict.fromkeys(_COLUMNS, 0)}
        asked = {"first": month.first, "after": month.after, "measures": list(_COLUMN_OF)}
        for row in self._session.execute(text(_BY_CENTRE), asked):
            column = _COLUMN_OF[row.measure].get(row.name)
            if column is not None:
                counts.setdefault(row.centre, dict.fromkeys(_COLUMNS, 0))[column] = int(row.often)
        for of_centre in counts.values():
            for name in RARE:
                of_centre[_REST + name] = max(0, of_centre[Measure.APPROVED.value] - of_centre[name])
        return counts or {"": dict.fromkeys(_COLUMNS, 0)}

    def _by_groups(self, month: Month) -> Iterable[Table]:
        for group, names in (("sex", SEXES), ("age", (*AGES, NOT_KNOWN)), ("division", self._districts())):
            sums = self._sums(month, group)
            issued = {name: _of(sums, Measure.ISSUED, "", name)[0] for name in names}
            approved = {name: _of(sums, Measure.APPROVED, "", name)[0] for name in names}
            excepted = {name: _of(sums, Measure.EXCEPTED, "", name)[0] for name in names}
            yield counted(f"issued_{group}", group, issued)
            yield shares(f"exceptions_{group}", group, excepted, approved)
            if group == "division":
                continue
            for modality in MODALITIES:
                failed = {name: _of(sums, Measure.FAILED, modality, name)[0] for name in names}
                yield shares(f"failed_{modality}_{group}", group, failed, approved)
            for modality in MODALITIES:
                genuine = {name: _of(sums, Measure.GENUINE, modality, name)[0] for name in names}
                missed = {name: _of(sums, Measure.MISSED, modality, name)[0] for name in names}
                yield shares(f"missed_{modality}_{group}", group, missed, genuine)

    def _agreed(self, by: Actor, month: Month) -> list[Table] | Refusal:
        """How adjudicators answered cases whose answer is known, all together: nobody is named here."""
        found = self._agreement.between(by, month.first, month.after)
        if isinstance(found, Refusal):
            return found
        known = {
            "right": sum(one.right for one in found),
            "missed": sum(one.missed for one in found),
            "confused": sum(one.confused for one in found),
        }
        known["unsure"] = sum(one.known for one in found) - sum(known.values())
        alike = {"alike": sum(one.alike for one in found)}
        alike["apart"] = sum(one.beside for one in found) - alike["alike"]
        return [counted("known", "answer", known), counted("agreement", "agreement", alike)]

    def _sums(self, month: Month, group: str, centre_id: UUID | None = None) -> Sums:
        asked: dict[str, Any] = {"first": month.first, "after": month.after}
        of_centre = "" if centre_id is None else "and centre_id = :centre"
        if centre_id is not None:
            asked["centre"] = centre_id
        statement = text(_SUMS.format(group=_GROUPS[group], of_centre=of_centre))
        rows: Iterable[RowMapping] = self._session.execute(statement, asked).mappings()
        return {(row["measure"], row["name"], row["group"]): (int(row["count"]), float(row["total"])) for row in rows}

    def _districts(self) -> tuple[str, ...]:
        codes = self._session.scalars(text("select code from division where level = 'district' order by name"))
        return (*codes, NOT_KNOWN)

    def _no(self, by: Actor, refusal: Refusal) -> Refusal:
        """The refusal, with its audit row."""
        body = {"action": "statistics", "reason": refusal.code.value, "about": refusal.about, "person": None}
        self._trail.append(AuditEvent(Event.STAFF_REFUSED, actor=by.reference, body=body))
        return refusal


def _of(sums: Sums, measure: Measure, name: str, group: str = "") -> tuple[int, float]:
    return sums.get((measure.value, name, group), (0, 0.0))
