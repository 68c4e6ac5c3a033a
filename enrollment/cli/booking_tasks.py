"""What the worker does about appointments, and about applications whose person does not come. Each commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from enrollment.booking.bookings import AT_A_TIME
from enrollment.web.booking_rooms import bookings
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCHES = 50


def remind() -> int:
    """Bring appointments to mind. How many."""
    return _committed(bookings().remind())


def settle() -> int:
    """Note who came. How many."""
    return _all(lambda: bookings().settle())


def expire() -> int:
    """End applications whose time is over. How many."""
    return _all(lambda: bookings().expire())


# No job is asked for by name.
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "booking.remind": (timedelta(minutes=10), remind),
    "booking.settle": (timedelta(minutes=10), settle),
    "booking.expire": (timedelta(minutes=10), expire),
}


def _all(step: Callable[[], int]) -> int:
    total = 0
    for _ in range(_BATCHES):
        count = _committed(step())
        total += count
        if count < AT_A_TIME:
            break
    return total


def _committed(count: int) -> int:
    db.session.commit()
    return count
