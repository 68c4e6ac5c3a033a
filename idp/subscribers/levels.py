"""The level of proofing of an account (NIST SP 800-63A-4): raised by a visit, lowered by a weaker recovery.

The identifier stays, and with it every `sub` that services know the person by.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp.audit import AuditEvent, Event, Trail
from idp.database import Session
from idp.errors import Code, Refusal
from idp.subscribers.models import SubscriberRow

__all__ = ["LevelReason", "Levels"]


class LevelReason(StrEnum):
    """Why a level changes; a closed list, as it is audited."""

    PROOFED = "proofed"
    RECOVERED = "recovered"
    BODY_ERASED = "body_erased"


class Levels:
    """Changes levels, in the caller's transaction."""

    def __init__(self, session: Session, trail: Trail) -> None:
        self._session = session
        self._trail = trail

    def raise_level(self, subscriber_id: UUID, ial: int, *, actor: str | None = None) -> Refusal | None:
        """To `ial`, 1 to 3, after proofing; never down. Refused: `SUBSCRIBER_UNKNOWN`, `SUBSCRIBER_INVALID`."""
        return self._move(subscriber_id, ial, LevelReason.PROOFED, actor, up=True)

    def lower_level(
        self, subscriber_id: UUID, ial: int, why: LevelReason = LevelReason.RECOVERED, *, actor: str | None = None
    ) -> Refusal | None:
        """To `ial`, 1 to 3, after a recovery that is worth no more, or where what it rested on is gone; never up.

        Refused as `raise_level`.
        """
        return self._move(subscriber_id, ial, why, actor, up=False)

    def _move(
        self, subscriber_id: UUID, ial: int, reason: LevelReason, actor: str | None, *, up: bool
    ) -> Refusal | None:
        if ial not in {1, 2, 3}:
            return Refusal(Code.SUBSCRIBER_INVALID, "ial: 1, 2 or 3")
        held = select(SubscriberRow.ial).where(SubscriberRow.id == subscriber_id).with_for_update()
        before = self._session.scalar(held)
        if before is None:
            return Refusal(Code.SUBSCRIBER_UNKNOWN)
        if before == ial or (before < ial) is not up:
            return None
        self._session.execute(update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(ial=ial))
        body = {"from": before, "to": ial, "reason": reason.value}
        self._trail.append(
            AuditEvent(Event.SUBSCRIBER_LEVEL_CHANGED, subscriber_id=subscriber_id, actor=actor, body=body)
        )
        return None
