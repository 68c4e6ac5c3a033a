"""The rooms in which people act for each other, over the database session of the request: as `idp.web.rooms`."""

from __future__ import annotations

from idp.representation import Acting, Invitations, Mandates
from idp.web.extensions import db, services
from idp.web.rooms import notices, trail

__all__ = ["acting", "mandates"]


def mandates() -> Mandates:
    """Mandates between people."""
    shared = services()
    invitations = Invitations(shared.ephemeral, shared.purpose_keys, shared.clock, shared.entropy)
    return Mandates(db.session(), invitations, notices(), shared.clock, shared.entropy, trail())


def acting() -> Acting:
    """What a carer may do at this moment."""
    return Acting(db.session(), services().clock, trail())
