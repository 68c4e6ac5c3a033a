"""Tries of biometric checks: one counter a person, reserved before anything is compared, and samples seen once.

Whatever the modality, the finger, the device or the place (a sign-in, a counter): the same five tries, then growing
waits, and after fifty misses nothing until the person proves more (SP 800-63B-4 section 3.2.3, AC-106).
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from idp.authenticators.biometric_locks import BiometricLocks
from idp.authenticators.models import BiometricSampleRow
from idp.authenticators.throttling import Factor, Reserved, Throttle
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys

__all__ = ["REMEMBERED", "BiometricTries", "Counted"]

REMEMBERED = timedelta(days=90)

# A try that is counted; handed back to `right` or `nothing_compared`.
Counted = tuple[Reserved, ...]


class BiometricTries:
    """Counts at once, whatever becomes of the request; samples are noted in the caller's transaction."""

    def __init__(
        self, session: Session, locks: BiometricLocks, throttle: Throttle, keys: PurposeKeys, clock: Clock
    ) -> None:
        self._session = session
        self._locks = locks
        self._throttle = throttle
        self._keys = keys
        self._clock = clock

    def count(self, subscriber_id: UUID) -> Counted | Refusal:
        """Count one try, in short and in all; no device has a budget of its own.

        Refused: `THROTTLED`; `FACTOR_MISSING` after fifty misses, when everything of the person is locked as well.
        """
        subject = f"person|{subscriber_id}"
        short = self._throttle.reserve(Factor.BIOMETRIC, subject, None)
        if isinstance(short, Refusal):
            return short
        total = self._throttle.reserve(Factor.BIOMETRIC_TOTAL, subject, None)
        if isinstance(total, Refusal):
            self._locks.lock_all(subscriber_id)
            return Refusal(Code.FACTOR_MISSING)
        return short, total

    def right(self, counted: Counted) -> None:
        """It was the person: the counter starts afresh."""
        for reserved in counted:
            self._throttle.clear(reserved)

    def nothing_compared(self, counted: Counted) -> None:
        """It was no try after all."""
        for reserved in counted:
            self._throttle.give_back(reserved)

    def is_new(self, subscriber_id: UUID, sample: bytes) -> bool:
        """Note the sample; False when these very bytes were shown before. Of parallel ones one is new."""
        now = self._clock.now()
        forgotten = now - REMEMBERED
        self._session.execute(
            delete(BiometricSampleRow).where(
                BiometricSampleRow.subscriber_id == subscriber_id, BiometricSampleRow.seen_at < forgotten
            )
        )
        digest = self._keys.mac(Purpose.THROTTLE, f"sample|{subscriber_id}|{sha256(sample).hexdigest()}")
        noted = insert(BiometricSampleRow).values(subscriber_id=subscriber_id, digest=digest, seen_at=now)
        made = noted.on_conflict_do_nothing().returning(BiometricSampleRow.seen_at)
        return self._session.scalar(made) is not None
