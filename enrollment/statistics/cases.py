"""Counting what happens to applications: behind the events, each once, in a transaction of its own.

Nothing waits for it and no step of an application costs more: a worker reads the rows of `enrol_event` that are not
counted yet, opens the section with the birth date once, and keeps groups instead of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.case import Case, case_of
from enrollment.cases.models import ApplicationRow, EventRow, SectionRow
from enrollment.cases.transitions import Event
from enrollment.centres.models import CentreRow
from enrollment.statistics.measures import Measure, Wait, age_band
from enrollment.statistics.models import TallyCaseRow
from enrollment.statistics.tallies import Group, Tallies, Tally
from idp.clock import Clock
from idp.database import Session

__all__ = ["AT_ONCE", "CaseCounter", "Districts", "Told"]

AT_ONCE = 200
_NAME = "cases"
# Rows become visible when they are committed, not when they are written: what is this young is looked at again.
_LATE = timedelta(hours=1)
_WAITING = text(
    """
    select e.aid, max(e.n) as n from enrol_event e left join tally_case t on t.aid = e.aid
    where e.at >= :since and e.n > coalesce(t.n, 0) group by e.aid order by min(e.at), e.aid limit :most
    """
)
_CAPTURED = text(
    """
    select case when position = 'face' then 'face' else 'finger' end as modality,
           count(*) filter (where accepted) as kept, sum(quality) filter (where accepted) as quality,
           count(*) filter (where number is not null) as tries
    from capture_attempt where aid = :aid group by 1
    """
)
_FAULTS = text(
    "select code, count(*) as often from capture_attempt"
    " where aid = :aid and number is null and code is not null group by 1"
)
# Of who came on the day of their appointment, or before it.
_EXPECTED = text(
    "select max(starts_at) from appointment where aid = :aid and state in ('booked', 'kept')"
    " and starts_at > cast(:at as timestamptz) - interval '12 hours'"
)
_EXCEPTED = text(
    "select distinct case when position = 'face' then 'face' else 'finger' end as modality"
    " from enrol_exception where aid = :aid"
)
_PLAIN: Mapping[str, Measure] = {
    Event.OPEN: Measure.OPENED,
    Event.START: Measure.OPENED,
    Event.SIGN: Measure.SIGNED,
    Event.APPROVE: Measure.APPROVED,
    Event.SEND_BACK: Measure.RETURNED,
    Event.REJECT: Measure.REJECTED,
    Event.ISSUE: Measure.ISSUED,
    Event.CLAIM: Measure.CLAIMED,
    Event.REFER: Measure.ADJUDICATED,
    Event.FIND_DUPLICATE: Measure.DUPLICATE,
    Event.FIND_FRAUD: Measure.FRAUD,
    Event.RECAPTURE: Measure.RECAPTURED,
}
# What ends a wait -> of which kind, and what began it.
_WAITS: Mapping[str, tuple[Wait, str]] = {
    Event.APPROVE: (Wait.REVIEW, Event.SIGN),
    Event.SEND_BACK: (Wait.REVIEW, Event.SIGN),
    Event.REJECT: (Wait.REVIEW, Event.SIGN),
    Event.ISSUE: (Wait.REGISTER, Event.RECEIVE),
    Event.ACCEPT: (Wait.DECISION, Event.REFER),
    Event.FIND_DUPLICATE: (Wait.DECISION, Event.REFER),
    Event.FIND_FRAUD: (Wait.DECISION, Event.REFER),
    Event.CLAIM: (Wait.COLLECTION, Event.ISSUE),
}


class Told(Protocol):
    """Reads what an application says of its person."""

    def person(self, case: Case) -> Mapping[str, Any]:
        """The fields of the section; empty where nothing is left of it."""
        ...


class Districts(Protocol):
    """Knows in which district a division lies."""

    def district(self, code: str) -> str:
        """Its code; empty for no division of ours."""
        ...


@dataclass(frozen=True, slots=True)
class _Life:
    """An application and what happened to it."""

    case: Case
    events: Sequence[EventRow]
    group: Group

    def before(self, event: EventRow, wanted: str) -> datetime | None:
        """When that happened last before an event."""
        return max((one.at for one in self.events if one.n < event.n and one.event == wanted), default=None)


class CaseCounter:
    """Counts, in the caller's transaction; several at once wait for nothing, since one of them does it all."""

    def __init__(self, session: Session, told: Told, districts: Districts, clock: Clock) -> None:
        self._session = session
        self._told = told
        self._districts = districts
        self._clock = clock
        self._tallies = Tallies(session)

    def count(self, most: int = AT_ONCE) -> int:
        """Count what happened to at most that many applications; how many. Repeated, it counts nothing twice."""
        began, mark = self._clock.now(), self._tallies.held(_NAME)
        if mark is None:
            return 0
        waiting = self._session.execute(_WAITING, {"since": mark - _LATE, "most": most}).all()
        for row in waiting:
            self._count(row)
        if len(waiting) < most:
            self._tallies.come_to(_NAME, began)
            self._tallies.put_together(began.date())
        return len(waiting)

    def _count(self, row: Row[Any]) -> None:
        done = self._session.scalar(select(TallyCaseRow.n).where(TallyCaseRow.aid == row.aid)) or 0
        stored = self._session.get(ApplicationRow, row.aid, populate_existing=True)
        if stored is not None and not self._practised(stored):
            case = case_of(stored)
            events = self._session.scalars(select(EventRow).where(EventRow.aid == row.aid).order_by(EventRow.n)).all()
            life = _Life(case, events, self._group(case))
            new = [one for one in events if done < one.n <= row.n]
            self._tallies.add([tally for event in new for tally in self._of(life, event)])
        counted = insert(TallyCaseRow).values(aid=row.aid, n=row.n)
        self._session.execute(counted.on_conflict_do_update(index_elements=["aid"], set_={"n": row.n}))

    def _practised(self, stored: ApplicationRow) -> bool:
        """What is done at a centre for training is about nobody."""
        centre = None if stored.centre_id is None else self._session.get(CentreRow, stored.centre_id)
        return centre is not None and centre.training

    def _group(self, case: Case) -> Group:
        person = self._told.person(case)
        born = str(person.get("birth_date") or "")[:4]
        year = int(born) if born.isascii() and born.isdigit() and len(born) == 4 else None
        sex = {"F": "female", "M": "male", "X": "unspecified"}.get(str(person.get("sex") or ""), "")
        district = self._districts.district(str(person.get("address_division") or ""))
        return Group(sex, age_band(year, case.opened_at.date()), district)

    def _of(self, life: _Life, event: EventRow) -> Iterator[Tally]:
        day, centre = event.at.date(), life.case.centre_id
        if event.event in _PLAIN:
            yield Tally(day, centre, _PLAIN[event.event], life.group)
        if event.event in _WAITS:
            wait, begin = _WAITS[event.event]
            since = life.before(event, begin)
            if since is not None:
                yield Tally(day, centre, Measure.WAIT, life.group, wait.value, total=_minutes(since, event.at))
        if event.event == Event.START:
            yield from self._before_the_counter(life, event)
        if event.event == Event.APPROVE:
            yield from self._captured(life, event)
            yield from self._sections(life, event)

    def _before_the_counter(self, life: _Life, event: EventRow) -> Iterator[Tally]:
        """From the time of an appointment to the beginning; who is called early has not waited."""
        expected = self._session.scalar(_EXPECTED, {"aid": life.case.aid, "at": event.at})
        if expected is not None:
            minutes = max(0.0, _minutes(expected, event.at))
            centre = life.case.centre_id
            yield Tally(event.at.date(), centre, Measure.WAIT, life.group, Wait.COUNTER.value, total=minutes)

    def _captured(self, life: _Life, event: EventRow) -> Iterator[Tally]:
        day, centre, group, about = event.at.date(), life.case.centre_id, life.group, {"aid": life.case.aid}
        excepted = set(self._session.scalars(_EXCEPTED, about))
        kept = {}
        for row in self._session.execute(_CAPTURED, about):
            kept[row.modality] = row.kept
            if row.tries:
                yield Tally(day, centre, Measure.TRIES, group, row.modality, total=float(row.tries))
            if row.kept and row.quality is not None:
                mean = float(row.quality) / row.kept
                yield Tally(day, centre, Measure.QUALITY, group, row.modality, total=mean)
        for row in self._session.execute(_FAULTS, about):
            yield Tally(day, centre, Measure.FAULT, group, row.code, count=row.often)
        if excepted:
            yield Tally(day, centre, Measure.EXCEPTED, group)
        for modality in sorted(excepted):
            if not kept.get(modality):
                yield Tally(day, centre, Measure.FAILED, group, modality)

    def _sections(self, life: _Life, event: EventRow) -> Iterator[Tally]:
        """From one section's last save to the next one's is the time of the latter; from the opening, of the first."""
        began = life.before(event, Event.START) or life.before(event, Event.OPEN)
        signed = life.before(event, Event.SIGN)
        if began is None or signed is None:
            return
        wanted = select(SectionRow.name, SectionRow.saved_at).where(
            SectionRow.aid == life.case.aid, SectionRow.saved_at >= began, SectionRow.saved_at <= signed
        )
        last: datetime = began
        for name, saved_at in self._session.execute(wanted.order_by(SectionRow.saved_at, SectionRow.name)):
            minutes = _minutes(last, saved_at or last)
            yield Tally(event.at.date(), life.case.centre_id, Measure.SECTION, life.group, name, total=minutes)
            last = saved_at or last


def _minutes(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / 60
