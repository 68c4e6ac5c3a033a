"""When a centre receives people by appointment, and which of those times are free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.booking.models import ClosedDayRow, HoursRow, SeatsRow
from enrollment.booking.policy import BookingPolicy
from enrollment.centres import Actor
from enrollment.centres.models import CentreRow
from enrollment.centres.permissions import Action, Desk
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["Calendar", "Day", "Hours", "Openings", "Slot"]


@dataclass(frozen=True, slots=True)
class Hours:
    """Of one weekday (0 Monday): every `minutes` (5 to 240) from `opens`, `seats` (1 to 100) people; local time."""

    weekday: int
    opens: time
    closes: time
    minutes: int
    seats: int

    @property
    def possible(self) -> bool:
        """Whether it can be kept: in range, and room for at least one appointment."""
        sized = 0 <= self.weekday <= 6 and 5 <= self.minutes <= 240 and 1 <= self.seats <= 100
        return sized and _minute(self.opens) + self.minutes <= _minute(self.closes)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at a centre, and how many may still come then."""

    starts_at: datetime
    ends_at: datetime
    free: int
    seats: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which a centre receives people, and for how many there is room."""

    day: date
    free: int


class Openings:
    """Keeps hours and closed days, in the caller's transaction."""

    def __init__(self, session: Session, trail: Trail) -> None:
        self._session = session
        self._desk = Desk(trail)

    def set_hours(self, by: Actor, centre_id: UUID, hours: Sequence[Hours]) -> Refusal | None:
        """Let exactly these hours hold from now on; appointments that were made stay.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_SCHEMA` about `hours` (two of one weekday, or not possible).
        """
        refusal = self._desk.permits(by, Action.KEEP_CENTRES)
        if refusal is not None:
            return refusal
        if self._session.get(CentreRow, centre_id) is None:
            return Refusal(Code.ENR_UNKNOWN)
        if len({one.weekday for one in hours}) < len(hours) or not all(one.possible for one in hours):
            return Refusal(Code.ENR_SCHEMA, "hours")
        self._session.execute(delete(HoursRow).where(HoursRow.centre_id == centre_id))
        rows = [
            {
                "centre_id": centre_id, "weekday": one.weekday, "opens": one.opens, "closes": one.closes,
                "minutes": one.minutes, "seats": one.seats,
            }
            for one in hours
        ]  # fmt: skip
        if rows:
            self._session.execute(insert(HoursRow), rows)
        self._desk.write(Event.CENTRE_CHANGED, by, centre=str(centre_id), hours=len(rows))
        return None

    def set_closed(self, by: Actor, centre_id: UUID, day: date, *, closed: bool) -> Refusal | None:
        """Receive nobody by appointment on that day, or do after all. Refused: `ENR_ROLE`, `ENR_UNKNOWN`."""
        refusal = self._desk.permits(by, Action.KEEP_CENTRES)
        if refusal is not None:
            return refusal
        if self._session.get(CentreRow, centre_id) is None:
            return Refusal(Code.ENR_UNKNOWN)
        if closed:
            self._session.execute(upsert(ClosedDayRow).values(centre_id=centre_id, day=day).on_conflict_do_nothing())
        else:
            self._session.execute(
                delete(ClosedDayRow).where(ClosedDayRow.centre_id == centre_id, ClosedDayRow.day == day)
            )
        self._desk.write(Event.CENTRE_CHANGED, by, centre=str(centre_id), day=day.isoformat(), closed=closed)
        return None

    def of(self, centre_id: UUID) -> list[Hours]:
        """The hours of a centre, by weekday."""
        rows = self._session.scalars(select(HoursRow).where(HoursRow.centre_id == centre_id).order_by(HoursRow.weekday))
        return [Hours(row.weekday, row.opens, row.closes, row.minutes, row.seats) for row in rows]

    def closed(self, centre_id: UUID, since: date) -> list[date]:
        """Closed days of a centre, that one and later ones."""
        wanted = select(ClosedDayRow.day).where(ClosedDayRow.centre_id == centre_id, ClosedDayRow.day >= since)
        return list(self._session.scalars(wanted.order_by(ClosedDayRow.day)))


class Calendar:
    """Finds free times; changes nothing."""

    def __init__(self, session: Session, openings: Openings, clock: Clock, policy: BookingPolicy | None = None) -> None:
        self._session = session
        self._openings = openings
        self._clock = clock
        self._policy = policy or BookingPolicy()

    def centres(self) -> list[UUID]:
        """Centres that receive people by appointment and are open to everybody."""
        wanted = (
            select(CentreRow.id)
            .where(CentreRow.status == "open", CentreRow.training.is_(False))
            .where(CentreRow.id.in_(select(HoursRow.centre_id)))
            .order_by(CentreRow.name)
        )
        return list(self._session.scalars(wanted))

    def days(self, centre_id: UUID) -> list[Day]:
        """The days to choose from, full ones too."""
        by_day: dict[date, int] = {}
        for slot in self._all(centre_id):
            day = slot.starts_at.astimezone(self._policy.zone).date()
            by_day[day] = by_day.get(day, 0) + slot.free
        return [Day(day, free) for day, free in by_day.items()]

    def slots(self, centre_id: UUID, day: date) -> list[Slot]:
        """The times of a day, full ones too."""
        return [slot for slot in self._all(centre_id) if slot.starts_at.astimezone(self._policy.zone).date() == day]

    def at(self, centre_id: UUID, starts_at: datetime) -> Slot | None:
        """That time, where it can be booked in principle."""
        return next((slot for slot in self._all(centre_id) if slot.starts_at == starts_at), None)

    def _all(self, centre_id: UUID) -> list[Slot]:
        if centre_id not in self.centres():
            return []
        now = self._clock.now()
        today = now.astimezone(self._policy.zone).date()
        closed = set(self._openings.closed(centre_id, today))
        hours = {one.weekday: one for one in self._openings.of(centre_id)}
        rows = self._session.execute(
            select(SeatsRow.starts_at, SeatsRow.taken).where(SeatsRow.centre_id == centre_id, SeatsRow.starts_at >= now)
        )
        taken = {row.starts_at: row.taken for row in rows}
        slots = []
        for ahead in range(self._policy.ahead + 1):
            day = today + timedelta(days=ahead)
            held = hours.get(day.weekday())
            if held is None or day in closed:
                continue
            for starts_at in self._starts(held, day):
                if starts_at >= now + self._policy.notice:
                    ends_at = starts_at + timedelta(minutes=held.minutes)
                    free = max(held.seats - taken.get(starts_at, 0), 0)
                    slots.append(Slot(starts_at, ends_at, free, held.seats))
        return slots

    def _starts(self, hours: Hours, day: date) -> Iterator[datetime]:
        begins = datetime.combine(day, hours.opens, self._policy.zone)
        ends = datetime.combine(day, hours.closes, self._policy.zone)
        while begins + timedelta(minutes=hours.minutes) <= ends:
            yield begins
            begins += timedelta(minutes=hours.minutes)


def _minute(at: time) -> int:
    return 60 * at.hour + at.minute
