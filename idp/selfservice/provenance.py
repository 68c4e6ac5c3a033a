"""Since when a detail is recorded, and who gave it: read off the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.database import Session

__all__ = ["Origin", "Source", "origins"]

_ABOUT = (Event.SUBSCRIBER_CREATED.value, Event.SUBSCRIBER_UPDATED.value)


class Source(StrEnum):
    """Who gave a detail."""

    OPENING = "opening"
    PERSON = "person"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recorded detail comes from, and since when it stands."""

    source: Source
    since: datetime


def origins(session: Session, subscriber_id: UUID) -> dict[str, Origin]:
    """Claim -> its origin, for every claim that was ever recorded of this person."""
    rows = session.execute(
        select(AuditRow.at, AuditRow.event, AuditRow.actor, AuditRow.body)
        .where(AuditRow.subscriber_id == subscriber_id, AuditRow.event.in_(_ABOUT))
        .order_by(AuditRow.id)
    )
    found: dict[str, Origin] = {}
    for at, event, actor, body in rows:
        given = Source.PERSON if actor is None else Source.REGISTRY
        source = Source.OPENING if event == Event.SUBSCRIBER_CREATED.value else given
        found |= dict.fromkeys(body.get("claims", ()), Origin(source, at))
    return found
