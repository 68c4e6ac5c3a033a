"""Devices a person is known on: browsers in which they completed a sign-in.

Being known opens nothing. It gives guesses made there a budget of their own. One browser may be known to a
few people of a household; its cookie then holds one secret for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, SecretKind, digest, has_kind
from idp.sessions.models import DeviceRow
from idp.sessions.session import printable
from idp.subscribers.models import SubscriberRow

__all__ = ["Device", "Devices", "Remembered"]

KNOWN_FOR = timedelta(days=365)
OPENING = timedelta(hours=1)
MAX_PEOPLE = 4
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Remembered:
    """The device, what its cookie should hold from now on, and whether the person was not known there before."""

    device_id: UUID
    cookie: str = field(repr=False)
    new: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device as its owner sees it. `user_agent` is what the browser called itself when it was last used."""

    id: UUID
    user_agent: str
    created_at: datetime
    seen_at: datetime


class Devices:
    """Known devices, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy

    def find(self, cookie: str | None, subscriber_id: UUID) -> UUID | None:
        """The device this person is known on, if this cookie is from it; a year unused, and it is not."""
        secrets = _secrets(cookie)
        if not secrets:
            return None
        return self._session.scalar(
            select(DeviceRow.id).where(
                DeviceRow.secret_digest.in_([digest(SecretKind.DEVICE, secret) for secret in secrets]),
                DeviceRow.subscriber_id == subscriber_id,
                DeviceRow.revoked_at.is_(None),
                DeviceRow.seen_at > self._clock.now() - KNOWN_FOR,
            )
        )

    def remember(self, cookie: str | None, subscriber_id: UUID, user_agent: str = "") -> Remembered:
        """Know this person on this browser from now on. `user_agent` is as sent; it is cut at 200 characters."""
        now = self._clock.now()
        known = self.find(cookie, subscriber_id)
        secrets = _secrets(cookie)
        if known is not None:
            named = {"user_agent": printable(user_agent)} if user_agent else {}
            self._session.execute(update(DeviceRow).where(DeviceRow.id == known).values(seen_at=now, **named))
            return Remembered(known, ".".join(secrets))
        device_id, secret = self._entropy.opaque_uuid(), self._entropy.secret(SecretKind.DEVICE)
        self._session.execute(
            insert(DeviceRow).values(
                id=device_id,
                subscriber_id=subscriber_id,
                secret_digest=digest(SecretKind.DEVICE, secret),
                created_at=now,
                seen_at=now,
                user_agent=printable(user_agent),
            )
        )
        return Remembered(device_id, ".".join([secret, *secrets][:MAX_PEOPLE]), new=True)

    def list_for(self, subscriber_id: UUID) -> list[Device]:
        """The devices this person is known on, last used first, at most a hundred."""
        rows = self._session.execute(
            select(DeviceRow.id, DeviceRow.user_agent, DeviceRow.created_at, DeviceRow.seen_at)
            .where(
                DeviceRow.subscriber_id == subscriber_id,
                DeviceRow.revoked_at.is_(None),
                DeviceRow.seen_at > self._clock.now() - KNOWN_FOR,
            )
            .order_by(DeviceRow.seen_at.desc(), DeviceRow.id)
            .limit(MAX_LISTED)
        )
        return [Device(*row) for row in rows]

    def revoke(self, subscriber_id: UUID, device_id: UUID) -> bool:
        """Know the person there no longer; False where it is not their device, or was revoked before (AC-090)."""
        revoked = self._session.execute(
            update(DeviceRow)
            .where(DeviceRow.id == device_id, DeviceRow.subscriber_id == subscriber_id, DeviceRow.revoked_at.is_(None))
            .values(revoked_at=self._clock.now())
            .returning(DeviceRow.id)
        )
        return revoked.one_or_none() is not None

    def revoke_newer(self, subscriber_id: UUID, since: datetime) -> int:
        """Know the person no longer where they became known after `since`; how many devices that were."""
        revoked = self._session.execute(
            update(DeviceRow)
            .where(
                DeviceRow.subscriber_id == subscriber_id, DeviceRow.created_at > since, DeviceRow.revoked_at.is_(None)
            )
            .values(revoked_at=self._clock.now())
            .returning(DeviceRow.id)
        )
        return len(revoked.all())

    def opened_with(self, subscriber_id: UUID, device_id: UUID) -> bool:
        """True for the first browser of all that this person was known on, within an hour of the account's opening."""
        first = select(DeviceRow.id, DeviceRow.created_at).where(DeviceRow.subscriber_id == subscriber_id)
        row = self._session.execute(first.order_by(DeviceRow.created_at, DeviceRow.id).limit(1)).one_or_none()
        opened_at = self._session.scalar(select(SubscriberRow.created_at).where(SubscriberRow.id == subscriber_id))
        if row is None or opened_at is None:
            return False
        return bool(row.id == device_id and row.created_at <= opened_at + OPENING)

    def known_since(self, subscriber_id: UUID, device_id: UUID) -> datetime | None:
        """Since when the person is known there; None where they are not, or no longer."""
        return self._session.scalar(
            select(DeviceRow.created_at).where(
                DeviceRow.id == device_id, DeviceRow.subscriber_id == subscriber_id, DeviceRow.revoked_at.is_(None)
            )
        )


def _secrets(cookie: str | None) -> list[str]:
    """The secrets in a cookie; anything else in it is passed over."""
    if cookie is None or len(cookie) > MAX_PEOPLE * 64:
        return []
    return [part for part in cookie.split(".") if has_kind(SecretKind.DEVICE, part)][:MAX_PEOPLE]
