"""How long is kept what services were told, and what waits for one that does not ask."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased

from enrollment.life_events.models import ServiceEventRow
from idp.consent.models import ConsentRow
from idp.database import Session
from idp.database.removing import remove

__all__ = ["TOLD_KEPT", "WAITING_KEPT", "purge_service_events"]

TOLD_KEPT = timedelta(days=30)
"""How long after the event what was acknowledged, or is told no more, still shows what became of it."""
WAITING_KEPT = timedelta(days=400)
"""How long an event waits for a service that does not ask."""


def purge_service_events(session: Session, now: datetime, most: int) -> int:
    """Remove what was acknowledged, what no consent covers any more, and what nobody asked for in more than a year."""
    row, given, held = ServiceEventRow, aliased(ConsentRow), aliased(ConsentRow)
    consented = exists().where(
        given.consent_id == row.consent_id,
        held.citizen_id == given.citizen_id,
        held.consumer_id == given.consumer_id,
        held.status == "active",
        or_(held.expires_at.is_(None), held.expires_at > now),
    )
    over = or_(
        row.taken_at < now - TOLD_KEPT,
        row.at < now - WAITING_KEPT,
        and_(row.taken_at.is_(None), row.change != "erased", ~consented),
    )
    return remove(session, row, [row.at < now - TOLD_KEPT, over], most)
