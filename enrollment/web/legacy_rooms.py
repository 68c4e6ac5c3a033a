"""The rooms of importing older registers over a session: of a request, a command or a job. As `web.rooms`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from enrollment.centres import Level
from enrollment.centres.division_files import SHIPPED, Division, parse_divisions
from enrollment.errors import Refusal
from enrollment.issuance import Means, Rooms
from enrollment.legacy import Batches, Filing, Ground, Meeting, Numbers, Pieces, Reports, Taking
from enrollment.web.rooms import divisions
from idp.web.extensions import db, services

__all__ = ["batches", "filing", "ground", "numbers", "pieces", "reports", "taking"]


class _NothingCaptured:
    """Of a row of an older register nothing was captured: the gallery has nothing to take over."""

    def enter(self, people: Mapping[str, UUID]) -> Refusal | None:  # noqa: ARG002 - named by the Protocol
        return None


def ground() -> Ground:
    """What rows are checked against: this country's districts (those that are shipped until others are loaded)."""
    held = divisions().all(Level.DISTRICT)
    if not held:
        shipped = parse_divisions(SHIPPED.read_bytes(), {})
        held = [one for one in shipped if isinstance(one, Division) and one.level is Level.DISTRICT]
    return Ground(held, services().clock.now().date())


def batches() -> Batches:
    """Imports and their rows."""
    shared, rooms = services(), _rooms()
    return Batches(db.session(), shared.purpose_keys, rooms.seals, shared.clock, shared.entropy, rooms.trail)


def filing(between: Callable[[], None]) -> Filing:
    """Reads files into rows."""
    return Filing(batches(), between)


def numbers() -> Numbers:
    """Old numbers of people whom adjudicators let pass."""
    rooms = _rooms()
    return Numbers(db.session(), rooms.seals, rooms.identifiers)


def pieces() -> Pieces:
    """Files that were brought by a page."""
    return Pieces(db.session(), services().sealer)


def reports() -> Reports:
    """What came of imports."""
    return Reports(db.session(), _rooms().seals)


def taking() -> Taking:
    """Takes rows over."""
    shared, rooms = services(), _rooms()
    meeting = Meeting(db.session(), shared.purpose_keys, rooms.register)
    return Taking(db.session(), batches(), rooms, meeting, shared.clock, shared.entropy)


def _rooms() -> Rooms:
    shared = services()
    means = Means(shared.sealer, shared.purpose_keys, shared.clock, shared.entropy)
    return Rooms(db.session(), means, _NothingCaptured())
