"""What follows when an owner says of a sign-in that it was somebody else's: "this was not me"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.sessions import Devices, EndReason, Sessions
from idp.sessions.models import SessionRow
from idp.subscribers.models import SubscriberRow
from idp.tokens.models import GrantRow

__all__ = ["LOCKED_FOR", "Disowned", "Disowning"]

LOCKED_FOR = timedelta(hours=72)
REASON = "disowned"


@dataclass(frozen=True, slots=True)
class Disowned:
    """What was done: how many sessions ended, whether a device was forgotten, until when changes are locked."""

    sessions: int
    device: bool
    locked_until: datetime


class Disowning:
    """Shuts out whoever signed in, in the caller's transaction; the owner's way in stays as it is."""

    def __init__(self, session: Session, sessions: Sessions, devices: Devices, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._sessions = sessions
        self._devices = devices
        self._clock = clock
        self._trail = trail

    def disown(self, subscriber_id: UUID, session_id: UUID | None) -> Disowned:
        """End every session of the person, and every access, short or long, that began in `session_id`.

        The device of that session is known no longer. For 72 hours nothing may be changed about how the person signs
        in or is reached; a longer lock stays. Somebody else's session, or none, changes nothing but the rest.
        """
        now = self._clock.now()
        device_id = self._session.scalar(
            select(SessionRow.device_id).where(SessionRow.id == session_id, SessionRow.subscriber_id == subscriber_id)
        )
        known = device_id is not None and self._devices.revoke(subscriber_id, device_id)
        self._session.execute(
            update(GrantRow)
            .where(
                GrantRow.session_id == session_id,
                GrantRow.subscriber_id == subscriber_id,
                GrantRow.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoke_reason=REASON)
        )
        ended = self._sessions.end_all(subscriber_id, EndReason.DISOWNED)
        locked_until = self._lock(subscriber_id, now + LOCKED_FOR)
        self._trail.append(
            AuditEvent(
                Event.SIGNIN_DISOWNED,
                subscriber_id=subscriber_id,
                session_id=session_id,
                body={"sessions": ended, "device": known},
            )
        )
        return Disowned(ended, known, locked_until)

    def _lock(self, subscriber_id: UUID, until: datetime) -> datetime:
        row = SubscriberRow.changes_locked_until
        held = self._session.scalar(select(row).where(SubscriberRow.id == subscriber_id).with_for_update())
        if held is not None and held >= until:
            return held
        self._session.execute(
            update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(changes_locked_until=until)
        )
        return until
