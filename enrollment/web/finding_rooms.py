"""The room of searches over the session of a request: as `enrollment.web.rooms`."""

from __future__ import annotations

from enrollment.finding import Finder, FindPolicy, Rooms
from enrollment.web.centre_rooms import identifiers, proven_accounts, register
from enrollment.web.rooms import Relatives, divisions
from idp.keys.person_keys import PersonKeys
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["finder"]


def finder(policy: FindPolicy | None = None) -> Finder:
    """Looks for people of the register, for the staff."""
    shared, session = services(), db.session()
    keys = PersonKeys(session, shared.sealer, shared.clock)
    rooms = Rooms(register(), identifiers(), proven_accounts(), divisions(), keys, Relatives().related)
    return Finder(session, shared.purpose_keys, rooms, shared.clock, shared.entropy, trail(), policy)
