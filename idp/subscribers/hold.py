"""The hold on an account after its owner said that a sign-in was somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from idp.database import Session
from idp.subscribers.directory import Subscriber
from idp.subscribers.models import SubscriberRow

__all__ = ["HELD_FOR", "Hold", "hold_on", "take_turn"]

HELD_FOR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Hold:
    """Changes are held until `until`. `since` is None where it is not known: then nothing counts as older or newer."""

    until: datetime
    since: datetime | None

    def older(self, moment: datetime | None) -> bool:
        """True for what surely stood before the hold began."""
        return self.since is not None and moment is not None and moment < self.since

    def newer(self, moment: datetime) -> bool:
        """True for what surely began under the hold."""
        return self.since is not None and moment >= self.since


def hold_on(person: Subscriber, now: datetime) -> Hold | None:
    """The hold on this account at `now`, None while everything may be changed."""
    until = person.changes_locked_until
    return None if until is None or until <= now else Hold(until, person.changes_locked_at)


def take_turn(session: Session, subscriber_id: UUID) -> None:
    """Let changes of one person wait for each other, and a hold that begins for them, until the caller commits."""
    row = select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id)
    session.execute(row.with_for_update(key_share=True))
