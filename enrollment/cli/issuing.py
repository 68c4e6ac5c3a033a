"""What the worker needs to issue: the rooms of register and issuance, with the gallery that takes the samples over."""

from __future__ import annotations

from enrollment.cases.telling import Telling
from enrollment.cli.deduplicating import entries
from enrollment.issuance import Issuing, Means, Rooms
from enrollment.web.rooms import cases
from idp.web.extensions import db, services
from idp.web.rooms import notices, trail

__all__ = ["issuing", "telling"]


def issuing() -> Issuing:
    """From accepted to bound, over the job's session."""
    held = services()
    rows = entries()
    means = Means(held.sealer, held.purpose_keys, held.clock, held.entropy)
    rooms = Rooms(db.session(), means, rows)
    return Issuing(db.session(), cases(), rooms.issuance, rooms.renewal, rows)


def telling() -> Telling:
    """Word to applicants, over the job's session."""
    return Telling(db.session(), cases(), notices(), services().clock, trail())
