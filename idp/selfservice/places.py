"""Where a person is signed in now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from idp.clock import Clock
from idp.database import Session as DatabaseSession
from idp.sessions import SessionPolicy
from idp.sessions.models import SessionRow

__all__ = ["Place", "places"]

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A live session as its owner sees it. `user_agent` is what the browser called itself at the sign-in."""

    id: UUID
    device_id: UUID | None
    user_agent: str
    created_at: datetime
    seen_at: datetime


def places(session: DatabaseSession, clock: Clock, policy: SessionPolicy, subscriber_id: UUID) -> list[Place]:
    """The live sessions of this person, last used first, at most a hundred."""
    now, idle = clock.now(), func.least(policy.idle.total_seconds(), SessionRow.idle_seconds)
    rows = session.execute(
        select(SessionRow.id, SessionRow.device_id, SessionRow.user_agent, SessionRow.created_at, SessionRow.seen_at)
        .where(
            SessionRow.subscriber_id == subscriber_id,
            SessionRow.ended_at.is_(None),
            SessionRow.expires_at > now,
            SessionRow.seen_at > now - func.make_interval(0, 0, 0, 0, 0, 0, idle),
        )
        .order_by(SessionRow.seen_at.desc(), SessionRow.id)
        .limit(MAX_LISTED)
    )
    return [Place(*row) for row in rows]
