"""What follows when an owner says of a sign-in that it was somebody else's: "this was not me"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.newcomers import Newcomer
from idp.clock import Clock
from idp.database import Session
from idp.sessions import Devices, EndReason, Sessions
from idp.sessions.models import DeviceRow, SessionRow
from idp.signin.new_device import LINK_LIFE
from idp.subscribers.hold import HELD_FOR
from idp.subscribers.models import SubscriberRow
from idp.tokens.models import GrantRow

__all__ = ["Disowned", "Disowning", "Undo"]

REASON = "disowned"
# A sign-in makes its device, then its session: what it began with is a moment older than the row.
A_MOMENT = timedelta(minutes=1)
# What else a stranger may have done to a person since a moment, undone: in the caller's transaction.
Undo = Callable[[UUID, datetime], object]


@dataclass(frozen=True, slots=True)
class Disowned:
    """What was done: how many sessions ended, whether a device was forgotten, until when changes are locked.

    `removed`: the ways to sign in that a stranger may have added, and that are gone.
    """

    sessions: int
    device: bool
    locked_until: datetime
    removed: tuple[Newcomer, ...] = ()


class Disowning:
    """Shuts out whoever signed in, in the caller's transaction; the owner's way in stays as it is.

    `undoing` is what other rooms take back of the time in which the stranger may have been there.
    """

    def __init__(
        self,
        session: Session,
        sessions: Sessions,
        devices: Devices,
        clock: Clock,
        trail: Trail,
        undoing: Iterable[Undo] = (),
    ) -> None:
        self._session = session
        self._sessions = sessions
        self._devices = devices
        self._clock = clock
        self._trail = trail
        self._undoing = tuple(undoing)

    def disown(self, subscriber_id: UUID, session_id: UUID | None) -> Disowned:
        """End every session of the person, and all that began since the stranger may have been there (`_since`).

        Every access, short or long, of that time and of `session_id` ends; its device is known no longer, nor is any
        that became known in that time; what other rooms hold of that time is undone. For 72 hours nothing may be
        changed about how the person signs in or is reached; a longer lock stays.
        """
        now = self._clock.now()
        # Changes that are under way wait here, or are waited for: what they added is found below.
        locked_until = self._lock(subscriber_id, now, now + HELD_FOR)
        since, device_id = self._since(subscriber_id, session_id, now)
        revoked = device_id is not None and self._devices.revoke(subscriber_id, device_id)
        known = self._devices.revoke_newer(subscriber_id, since) > 0 or revoked
        self._session.execute(
            update(GrantRow)
            .where(
                GrantRow.subscriber_id == subscriber_id,
                or_(GrantRow.session_id == session_id, GrantRow.created_at >= since),
                GrantRow.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoke_reason=REASON)
        )
        for undo in self._undoing:
            undo(subscriber_id, since)
        ended = self._sessions.end_all(subscriber_id, EndReason.DISOWNED)
        self._trail.append(
            AuditEvent(
                Event.SIGNIN_DISOWNED,
                subscriber_id=subscriber_id,
                session_id=session_id,
                body={"sessions": ended, "device": known},
            )
        )
        return Disowned(ended, known, locked_until)

    def _since(self, subscriber_id: UUID, session_id: UUID | None, now: datetime) -> tuple[datetime, UUID | None]:
        """Since when the stranger may have been there, and the device of the session.

        A session is renewed in place, on another device too: its beginning counts, and that of its device where a
        notice about it may still be unanswered. 72 hours where no session is named, or it is not this person's.
        """
        theirs = select(SessionRow.device_id, DeviceRow.created_at, SessionRow.created_at.label("began_at")).outerjoin(
            DeviceRow, DeviceRow.id == SessionRow.device_id
        )
        row = self._session.execute(
            theirs.where(SessionRow.id == session_id, SessionRow.subscriber_id == subscriber_id)
        ).one_or_none()
        if row is None:
            return now - HELD_FOR, None
        began_at: datetime = row.began_at
        if row.created_at is not None and row.created_at > now - LINK_LIFE:
            began_at = min(began_at, row.created_at)
        return began_at - A_MOMENT, row.device_id

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
