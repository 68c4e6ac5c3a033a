"""Stored opening hours, seats that were taken, and appointments."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AppointmentRow", "ClosedDayRow", "HoursRow", "SeatsRow"]


class HoursRow(Base):
    """That a centre receives people by appointment on a weekday (0 Monday) from `opens` to `closes`.

    Every `minutes` another `seats` people.
    """

    __tablename__ = "centre_hours"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("opens < closes", name="hours"),
        CheckConstraint("minutes between 5 and 240 and seats between 1 and 100", name="size"),
    )

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    opens: Mapped[dt.time]
    closes: Mapped[dt.time]
    minutes: Mapped[int] = mapped_column(SmallInteger())
    seats: Mapped[int] = mapped_column(SmallInteger())


class ClosedDayRow(Base):
    """A day on which a centre receives nobody by appointment."""

    __tablename__ = "centre_closed_day"

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)


class SeatsRow(Base):
    """How many people come to a centre at one time; a row from the first one on."""

    __tablename__ = "centre_seats"
    __table_args__ = (CheckConstraint("taken >= 0", name="taken"),)

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    starts_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(SmallInteger())


class AppointmentRow(Base):
    """An appointment of an application. Who came is `kept`, whoever did not `missed`."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("state in ('booked', 'changed', 'given_up', 'kept', 'missed')", name="state"),
        Index("uq_appointment_booked", "aid", unique=True, postgresql_where=text("state = 'booked'")),
        Index("ix_appointment_centre", "centre_id", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid", ondelete="CASCADE"), index=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    state: Mapped[str]
    made_at: Mapped[dt.datetime]
    reminded_at: Mapped[dt.datetime | None]
