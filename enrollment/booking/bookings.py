"""Who comes when: a seat is taken by one statement, so no time ever has more people than seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.booking.models import AppointmentRow, SeatsRow
from enrollment.booking.openings import Calendar
from enrollment.booking.policy import BookingPolicy
from enrollment.cases import Cases, Moved, Order, State, Task
from enrollment.cases.models import ApplicationRow
from enrollment.cases.reasons import Reason
from enrollment.centres.models import CentreRow
from enrollment.errors import Code, Refusal
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.notices import Notice, Notices

__all__ = ["AT_A_TIME", "Appointment", "Bookings"]

_TASK = Task("booking")
# As many applications are held in one transaction of a round.
AT_A_TIME = 50
_WAITING = (State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED, State.RECAPTURE)
_ENDING = 4


@dataclass(frozen=True, slots=True)
class Appointment:
    """That the person of an application comes to a centre."""

    aid: str
    centre_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str


class Bookings:
    """Makes, changes and ends appointments, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        cases: Cases,
        calendar: Calendar,
        clock: Clock,
        entropy: Entropy,
        notices: Notices,
        policy: BookingPolicy | None = None,
    ) -> None:
        self._session = session
        self._cases = cases
        self._calendar = calendar
        self._clock = clock
        self._entropy = entropy
        self._notices = notices
        self._policy = policy or BookingPolicy()

    def book(self, order: Order, centre_id: UUID, starts_at: datetime) -> Moved | Refusal:
        """Take a seat for a submitted application, or another one for a booked one: the old seat is given back.

        Refused: as `Lifecycle.book`; `ENR_UNKNOWN` about `slot` (no such time there); `ENR_FULL`.
        """
        slot = self._calendar.at(centre_id, starts_at)
        if slot is None:
            return Refusal(Code.ENR_UNKNOWN, "slot")
        local = slot.ends_at.astimezone(self._policy.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        moved = self._cases.lifecycle.book(order, midnight + self._policy.grace)
        if isinstance(moved, Refusal) or moved.again:
            return moved
        self._hold(order.aid, centre_id, slot.starts_at)
        self._give_back(order.aid, "changed")
        if not self._take(centre_id, starts_at, slot.seats):
            return Refusal(Code.ENR_FULL, "slot")
        self._session.execute(
            insert(AppointmentRow).values(
                id=self._entropy.uuid(), aid=order.aid, centre_id=centre_id, starts_at=slot.starts_at,
                ends_at=slot.ends_at, state="booked", made_at=self._clock.now(), reminded_at=None,
            )
        )  # fmt: skip
        self._tell(order.aid, "booked")
        return moved

    def give_up(self, order: Order) -> Moved | Refusal:
        """The citizen gives the application up, and the seat back. Refused: as `Lifecycle.cancel`."""
        moved = self._cases.lifecycle.cancel(order, Reason.WITHDRAWN)
        if not isinstance(moved, Refusal) and not moved.again:
            self._give_back(order.aid, "given_up")
        return moved

    def of(self, aid: str) -> Appointment | None:
        """The appointment of an application that holds now."""
        row = self._session.scalar(
            select(AppointmentRow).where(AppointmentRow.aid == aid, AppointmentRow.state == "booked")
        )
        return None if row is None else _appointment(row)

    def expected(self, centre_id: UUID, since: datetime, until: datetime) -> list[Appointment]:
        """Who is expected at a centre between two moments, in the order of time; also who came already."""
        rows = self._session.scalars(
            select(AppointmentRow)
            .where(AppointmentRow.centre_id == centre_id, AppointmentRow.state.in_(["booked", "kept"]))
            .where(AppointmentRow.starts_at >= since, AppointmentRow.starts_at < until)
            .order_by(AppointmentRow.starts_at, AppointmentRow.aid)
        )
        return [_appointment(row) for row in rows]

    def settle(self) -> int:
        """Note whose person came: the application went on. How many. Who came earlier gives the seat back."""
        came = (
            select(AppointmentRow.id)
            .join(ApplicationRow, ApplicationRow.aid == AppointmentRow.aid)
            .where(AppointmentRow.state == "booked", ApplicationRow.state != State.BOOKED.value)
            .limit(AT_A_TIME)
        )
        kept = self._session.execute(
            update(AppointmentRow)
            .where(AppointmentRow.id.in_(came), AppointmentRow.state == "booked")
            .values(state="kept")
            .returning(AppointmentRow.centre_id, AppointmentRow.starts_at)
        ).all()
        for row in sorted(kept, key=lambda one: (one.centre_id, one.starts_at)):
            if row.starts_at > self._clock.now():
                self._free(row.centre_id, row.starts_at)
        return len(kept)

    def expire(self) -> int:
        """End applications whose time is over, and note appointments that nobody kept. How many applications."""
        due = self._session.scalars(
            select(ApplicationRow.aid)
            .where(ApplicationRow.state.in_([state.value for state in _WAITING]))
            .where(ApplicationRow.due_at <= self._clock.now())
            .order_by(ApplicationRow.due_at)
            .limit(AT_A_TIME)
        ).all()
        return sum(self._expired(aid) for aid in due)

    def remind(self) -> int:
        """Bring appointments to mind that are near, each once. How many."""
        now = self._clock.now()
        near = self._session.scalars(
            update(AppointmentRow)
            .where(AppointmentRow.state == "booked", AppointmentRow.reminded_at.is_(None))
            .where(AppointmentRow.starts_at > now, AppointmentRow.starts_at <= now + self._policy.remind_before)
            # Who booked a moment ago was told then.
            .where(AppointmentRow.made_at < now - timedelta(hours=6))
            .values(reminded_at=now)
            .returning(AppointmentRow.aid)
        ).all()
        for aid in near:
            self._tell(aid, "reminder")
        return len(near)

    def _expired(self, aid: str) -> bool:
        booked = self.of(aid)
        moved = self._cases.lifecycle.expire(Order(_TASK, aid))
        if isinstance(moved, Refusal):
            return False
        if booked is not None:
            self._tell(aid, "missed")
            self._end(aid, "missed")
        return True

    def _hold(self, aid: str, centre_id: UUID, starts_at: datetime) -> None:
        """The time that is given back and the one that is taken, in one order for all: nobody waits in a circle."""
        held = self.of(aid)
        wanted = [(centre_id, starts_at), *([] if held is None else [(held.centre_id, held.starts_at)])]
        rows = select(SeatsRow.taken).where(tuple_(SeatsRow.centre_id, SeatsRow.starts_at).in_(wanted))
        self._session.execute(rows.order_by(SeatsRow.centre_id, SeatsRow.starts_at).with_for_update())

    def _take(self, centre_id: UUID, starts_at: datetime, seats: int) -> bool:
        """One seat, if there is one: the row is held by the statement that counts it."""
        made = upsert(SeatsRow).values(centre_id=centre_id, starts_at=starts_at, taken=1)
        made = made.on_conflict_do_update(
            index_elements=["centre_id", "starts_at"],
            set_={"taken": SeatsRow.taken + 1},
            where=SeatsRow.taken < seats,
        )
        return self._session.execute(made.returning(SeatsRow.taken)).one_or_none() is not None

    def _give_back(self, aid: str, state: str) -> None:
        row = self._end(aid, state)
        if row is not None:
            self._free(row.centre_id, row.starts_at)

    def _free(self, centre_id: UUID, starts_at: datetime) -> None:
        seat = SeatsRow.centre_id == centre_id, SeatsRow.starts_at == starts_at
        self._session.execute(update(SeatsRow).where(*seat, SeatsRow.taken > 0).values(taken=SeatsRow.taken - 1))

    def _end(self, aid: str, state: str) -> Appointment | None:
        row = self._session.scalars(
            update(AppointmentRow)
            .where(AppointmentRow.aid == aid, AppointmentRow.state == "booked")
            .values(state=state)
            .returning(AppointmentRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        return None if row is None else _appointment(row)

    def _tell(self, aid: str, what: str) -> None:
        """Tell the account that applied: when, where, and the end of the application's number."""
        held = self.of(aid)
        owner = self._session.scalar(select(ApplicationRow.subscriber_id).where(ApplicationRow.aid == aid))
        if held is None or owner is None:
            return
        place = self._session.scalar(select(CentreRow.name).where(CentreRow.id == held.centre_id))
        starts = held.starts_at.astimezone(self._policy.zone).isoformat()
        told = {"what": what, "place": place or "", "starts": starts, "ending": aid[-_ENDING:]}
        self._notices.tell(owner, Notice.APPOINTMENT, told)


def _appointment(row: AppointmentRow) -> Appointment:
    return Appointment(row.aid, row.centre_id, row.starts_at, row.ends_at, row.state)
