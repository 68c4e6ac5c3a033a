"""The rooms of booking over the session of a request or a job; their caller commits. As `enrollment.web.rooms`."""

from __future__ import annotations

from enrollment.booking import Bookings, Calendar, Openings
from enrollment.web.rooms import cases
from idp.web.extensions import db, services
from idp.web.rooms import notices, trail

__all__ = ["bookings", "calendar", "openings"]


def openings() -> Openings:
    """When centres receive people by appointment."""
    return Openings(db.session(), trail())


def calendar() -> Calendar:
    """Which times are free."""
    return Calendar(db.session(), openings(), services().clock)


def bookings() -> Bookings:
    """Who comes when."""
    shared = services()
    return Bookings(db.session(), cases(), calendar(), shared.clock, shared.entropy, notices())
