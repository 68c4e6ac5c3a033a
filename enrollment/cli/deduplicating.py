"""What the worker needs to search for duplicates, over the job's session and the index that counts now."""

from __future__ import annotations

from enrollment.capture.overview import Overview
from enrollment.cli.capturing import extraction, vault
from enrollment.cli.indexes import FOLDER, chosen, forget_index
from enrollment.deduplication import Deduplication, Intake, Rooms
from enrollment.gallery import Entries
from enrollment.register import DemographicPolicy, Demographics, Register, Seals
from enrollment.web import engine_rooms
from enrollment.web.issuing_rooms import recognition
from enrollment.web.rooms import cases, examiner
from idp.audit import Trail
from idp.web.extensions import db, services

__all__ = ["FOLDER", "deduplication", "entries", "forget_index", "intake"]


def deduplication() -> Deduplication:
    """The search of one application."""
    held, store = services(), vault()
    rows, trail = entries(), _trail()
    register = Register(
        db.session,
        held.purpose_keys,
        Seals(db.session, held.sealer, held.clock),
        held.clock,
        held.entropy,
        trail,
    )
    index = chosen()
    rooms = Rooms(
        cases(),
        extraction(),
        Overview(db.session),
        store,
        rows,
        index.follower(),
        Demographics(db.session, held.purpose_keys, register, DemographicPolicy()),
        recognition().agrees,
        engine_rooms.reextraction(examiner(), store).newcomer,
    )
    return Deduplication(db.session, rooms, index.gallery, held.clock, trail)


def intake() -> Intake:
    """From approval to the search."""
    return Intake(db.session, cases(), services().clock)


def entries() -> Entries:
    """The rows of the gallery."""
    return Entries(db.session, services().clock, services().entropy)


def _trail() -> Trail:
    return Trail(db.session, services().clock, services().entropy)
