"""The services of the centres' room over the command's session, and who runs a command: the operator of the machine."""

from __future__ import annotations

from enrollment.centres import Centres, Divisions, Founding, Postings, Stations
from idp.audit import Trail
from idp.web.extensions import db, services

__all__ = ["centres", "divisions", "founding", "postings", "stations"]


def trail() -> Trail:
    """Audit rows of the transaction that the command commits."""
    return Trail(db.session, services().clock, services().entropy)


def centres() -> Centres:
    """Registration centres."""
    return Centres(db.session, services().clock, services().entropy, trail())


def divisions() -> Divisions:
    """Divisions of the country."""
    return Divisions(db.session, trail())


def founding() -> Founding:
    """The ceremony of the first two."""
    held = services()
    return Founding(db.session, held.purpose_keys, held.clock, held.entropy, trail())


def postings() -> Postings:
    """Who works where."""
    return Postings(db.session, services().clock, services().entropy, trail())


def stations() -> Stations:
    """Capture stations."""
    return Stations(db.session, services().clock, services().entropy, trail())
