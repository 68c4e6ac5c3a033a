"""Figures of booking, in one versioned place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo

__all__ = ["BookingPolicy"]


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """`zone` is that of the centres (Sierra Leone keeps UTC all year).

    `ahead`: so many days can be booked; `notice`: no time that begins sooner; `grace`: so long after the day of an
    appointment the application waits for its person, at whatever centre; `remind_before`: when it is brought to mind;
    `a_day`: so often one account may begin, and take a time: each is told by a message.
    """

    version: int = 1
    zone: tzinfo = UTC
    ahead: int = 28
    notice: timedelta = timedelta(hours=2)
    grace: timedelta = timedelta(days=14)
    remind_before: timedelta = timedelta(hours=36)
    a_day: int = 20
