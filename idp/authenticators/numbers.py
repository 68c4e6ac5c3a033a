"""Telephone numbers that prove little: shared by many people, or changed a few days ago (numbers are given out again).

A code to such a number counts for nothing in a sign-in, and never brings anybody back on its own.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, select

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.clock import Clock
from idp.database import Session
from idp.outbox import Channel
from idp.subscribers.directory import Directory

__all__ = ["SETTLES", "SHARED_BY", "Doubt", "Numbers"]

SETTLES = timedelta(days=7)
SHARED_BY = 3
_PROVEN = ("phone_number", "phone_number_verified")
_CHANGES = (Event.CONTACT_CHANGED.value, Event.CONTACT_STOPPED.value)


class Doubt(StrEnum):
    """Why a number proves little."""

    SHARED = "shared"
    FRESH = "fresh"


class Numbers:
    """Looks numbers up, in the caller's transaction."""

    def __init__(self, session: Session, directory: Directory, clock: Clock) -> None:
        self._session = session
        self._directory = directory
        self._clock = clock

    def doubt(self, subscriber_id: UUID, number: str) -> Doubt | None:
        """What speaks against this person's number; None when nothing does.

        Shared: more than three people have it proven; who merely wrote it down does not count, or anybody could
        make another's number worthless. Fresh: changed within seven days.
        """
        if self._fresh(subscriber_id):
            return Doubt.FRESH
        return Doubt.SHARED if self._proven_by(number) > SHARED_BY else None

    def serves(self, subscriber_id: UUID, number: str) -> bool:
        """True when a code to this number counts."""
        return self.doubt(subscriber_id, number) is None

    def _fresh(self, subscriber_id: UUID) -> bool:
        changed = exists().where(
            AuditRow.subscriber_id == subscriber_id,
            AuditRow.at > self._clock.now() - SETTLES,
            AuditRow.event.in_(_CHANGES),
            AuditRow.body["channel"].as_string() == Channel.SMS.value,
        )
        return bool(self._session.scalar(select(changed)))

    def _proven_by(self, number: str) -> int:
        """How many people have proven it, as far as it matters."""
        people = self._directory.search("phone_number", number)
        if len(people) <= SHARED_BY:
            return len(people)
        found = 0
        for person_id in people:
            claims = self._directory.profile(person_id)
            found += all(claims.get(name) for name in _PROVEN)
            if found > SHARED_BY:
                break
        return found
