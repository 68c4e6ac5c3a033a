"""Appointments at registration centres: when a centre is open, which times are free, and who comes when.

Public names: `Appointment`, `Bookings`, `Calendar`, `BookingPolicy`, `Day`, `Hours`, `Openings`, `Slot`.
"""

from enrollment.booking.bookings import Appointment, Bookings
from enrollment.booking.openings import Calendar, Day, Hours, Openings, Slot
from enrollment.booking.policy import BookingPolicy

__all__ = [
    "Appointment",
    "BookingPolicy",
    "Bookings",
    "Calendar",
    "Day",
    "Hours",
    "Openings",
    "Slot",
]
