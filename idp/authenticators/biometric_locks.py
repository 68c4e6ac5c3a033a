"""Modalities that their owner locked, or that fifty misses turned off: they prove nothing until they are unlocked."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.models import BiometricLockRow
from idp.authenticators.throttling import ELSEWHERE, Factor, Reserved, Throttle
from idp.clock import Clock
from idp.database import Session

__all__ = ["BiometricLocks", "Modality"]


class Modality(StrEnum):
    """What of a body is compared; the values are in addresses, rows and `Method`."""

    FACE = "face"
    FINGER = "finger"


class BiometricLocks:
    """Reads and changes locks, in the caller's transaction."""

    def __init__(self, session: Session, throttle: Throttle, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._throttle = throttle
        self._clock = clock
        self._trail = trail

    def held(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What is locked for a person."""
        rows = self._session.scalars(
            select(BiometricLockRow.modality).where(BiometricLockRow.subscriber_id == subscriber_id)
        )
        return frozenset(Modality(row) for row in rows)

    def lock(self, subscriber_id: UUID, modality: Modality, *, by: str = "person") -> bool:
        """Lock one, audited; False when it was locked already."""
        row = {"subscriber_id": subscriber_id, "modality": modality.value, "locked_at": self._clock.now()}
        made = insert(BiometricLockRow).values(row).on_conflict_do_nothing().returning(BiometricLockRow.modality)
        if self._session.scalar(made) is None:
            return False
        body = {"modality": modality.value, "by": by}
        self._trail.append(AuditEvent(Event.BIOMETRIC_LOCKED, subscriber_id=subscriber_id, body=body))
        return True

    def lock_all(self, subscriber_id: UUID) -> None:
        """Turn everything off, after too many misses."""
        for modality in Modality:
            self.lock(subscriber_id, modality, by="misses")

    def unlock(self, subscriber_id: UUID, modality: Modality) -> bool:
        """Unlock one, audited, and begin to count afresh; False when it was not locked.

        For somebody who proved who they are with other factors a moment ago.
        """
        gone = (
            delete(BiometricLockRow)
            .where(BiometricLockRow.subscriber_id == subscriber_id, BiometricLockRow.modality == modality.value)
            .returning(BiometricLockRow.modality)
        )
        if self._session.scalar(gone) is None:
            return False
        subject = self._throttle.pseudonym(f"person|{subscriber_id}")
        for factor in (Factor.BIOMETRIC, Factor.BIOMETRIC_TOTAL):
            self._throttle.clear(Reserved(factor, subject, ELSEWHERE))
        body = {"modality": modality.value}
        self._trail.append(AuditEvent(Event.BIOMETRIC_UNLOCKED, subscriber_id=subscriber_id, body=body))
        return True
