"""The rooms of identification for other systems over a session: of a request or a job. As `web.rooms`."""

from __future__ import annotations

from flask import current_app

from enrollment.abis import Desk, Ledger, Probes, References, Source
from enrollment.abis.source import MOST_BYTES
from enrollment.web.rooms import ABIS_SOURCE, examiner, vault
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["desk", "ledger", "probes", "references", "source"]


def desk(client_id: str) -> Desk | None:
    """Where a client's requests come in; None without an object store."""
    held = references(client_id)
    if held is None:
        return None
    return Desk(db.session(), client_id, held, ledger(), services().clock, trail())


def references(client_id: str) -> References | None:
    """A client's references; None without an object store."""
    store, shared = vault(), services()
    return None if store is None else References(db.session(), client_id, store, shared.clock, shared.entropy)


def ledger() -> Ledger:
    """What clients asked for."""
    shared = services()
    return Ledger(db.session(), shared.sealer, shared.clock, shared.entropy)


def probes() -> Probes:
    """Makes templates of what was fetched."""
    return Probes(examiner())


def source() -> Source:
    """Fetches what clients refer to."""
    return Source(current_app.extensions[ABIS_SOURCE](MOST_BYTES))
