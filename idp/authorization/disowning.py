"""What follows when an owner says of a sign-in that it was somebody else's: "this was not me"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.sessions import Devices, EndReason, Sessions
from idp.sessions.models import DeviceRow, SessionRow
from idp.subscribers.hold import HELD_FOR
from idp.subscribers.models import SubscriberRow
from idp.tokens.models import GrantRow

__all__ = ["Disowned", "Disowning"]

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

        The device of that session is known no longer, nor is any that became known after it: whoever was there may
        have been there twice. For 72 hours nothing may be changed about how the person signs in or is reached; a
        longer lock stays. Somebody else's session ends with nothing but the rest; without one, the devices of the last
        72 hours are known no longer.
        """
        now = self._clock.now()
        known = self._forget(subscriber_id, session_id, now)
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
        locked_until = self._lock(subscriber_id, now, now + HELD_FOR)
        self._trail.append(
            AuditEvent(
                Event.SIGNIN_DISOWNED,
                subscriber_id=subscriber_id,
                session_id=session_id,
                body={"sessions": ended, "device": known},
            )
        )
        return Disowned(ended, known, locked_until)

    def _forget(self, subscriber_id: UUID, session_id: UUID | None, now: datetime) -> bool:
        theirs = select(SessionRow.device_id, DeviceRow.created_at, SessionRow.created_at.label("began_at")).outerjoin(
            DeviceRow, DeviceRow.id == SessionRow.device_id
        )
        row = self._session.execute(
            theirs.where(SessionRow.id == session_id, SessionRow.subscriber_id == subscriber_id)
        ).one_or_none()
        if row is None and session_id is not None:
            return False
        since = now - HELD_FOR if row is None else row.created_at or row.began_at
        known = row is not None and row.device_id is not None and self._devices.revoke(subscriber_id, row.device_id)
        return self._devices.revoke_newer(subscriber_id, since) > 0 or known

    def _lock(self, subscriber_id: UUID, now: datetime, until: datetime) -> datetime:
        """A lock that holds already keeps its beginning: what it kept out stays out."""
        row = SubscriberRow
        locked_at, held = self._session.execute(
            select(row.changes_locked_at, row.changes_locked_until).where(row.id == subscriber_id).with_for_update()
        ).one()
        if held is not None and held >= until:
            return held
        since = locked_at if held is not None and held > now else now
        self._session.execute(
            update(row).where(row.id == subscriber_id).values(changes_locked_at=since, changes_locked_until=until)
        )
        return until
