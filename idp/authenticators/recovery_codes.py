"""Printed codes for a person who lost everything else (look-up secrets, NIST SP 800-63B-4 section 3.1.2).

Shown once, when they are made. What is stored of a code is slow to compute, salted by set and keyed, so that a copy of
the table tells nothing; using a code removes its row.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.models import RecoveryCodeRow
from idp.authenticators.spoken_codes import grouped, new_code, typed_code_of
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys
from idp.subscribers.models import SubscriberRow

__all__ = ["COUNT", "FEW", "RECOVERY_CODE", "RecoveryCodes", "typed_recovery_code"]

RECOVERY_CODE = "recovery_code"
COUNT = 10
# Below this many the person is told to make new ones.
FEW = 3
LENGTH = 12
SALT_BYTES = 16
# A code has 60 random bits, less than the 112 that SP 800-63B-4 asks of one that is hashed fast.
ROUNDS = 20_000


class RecoveryCodes:
    """People's printed codes, in the caller's transaction."""

    def __init__(self, session: Session, keys: PurposeKeys, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def make(self, subscriber_id: UUID) -> list[str]:
        """Ten new codes, `XXXX-XXXX-XXXX`, in place of all older ones; nobody can read them again afterwards."""
        salt, now = self._entropy.bytes(SALT_BYTES), self._clock.now()
        codes: dict[bytes, str] = {}
        while len(codes) < COUNT:
            code = new_code(self._entropy, LENGTH)
            codes[self._digest(subscriber_id, salt, code)] = code
        self._lock(subscriber_id)
        self.drop(subscriber_id)
        rows = [{"subscriber_id": subscriber_id, "digest": stored, "salt": salt, "created_at": now} for stored in codes]
        self._session.execute(insert(RecoveryCodeRow), rows)
        body = {"factor": RECOVERY_CODE}
        self._trail.append(AuditEvent(Event.AUTHENTICATOR_BOUND, subscriber_id=subscriber_id, body=body))
        return [grouped(code) for code in codes.values()]

    def spend(self, subscriber_id: UUID | None, typed: str) -> Refusal | None:
        """Use up a code; None when it was right, and then it never is again.

        `RECOVERY_CODE_WRONG` for any other, for a person without codes and for nobody (None), at the same cost.
        Of any number of parallel uses one removes the row. The caller reserves the try before
        (`Factor.RECOVERY_CODE`), and audits a refusal.
        """
        code = typed_recovery_code(typed)
        wanted = select(RecoveryCodeRow.salt).where(RecoveryCodeRow.subscriber_id == subscriber_id).limit(1)
        salt = self._session.scalar(wanted)
        # What is no code at all is looked for like one that is wrong: no stored digest is of the empty text.
        stored = self._digest(subscriber_id or UUID(int=0), salt or bytes(SALT_BYTES), code or "")
        removed = self._session.execute(
            delete(RecoveryCodeRow)
            .where(RecoveryCodeRow.subscriber_id == subscriber_id, RecoveryCodeRow.digest == stored)
            .returning(RecoveryCodeRow.digest)
        ).one_or_none()
        if removed is None or subscriber_id is None:
            return Refusal(Code.RECOVERY_CODE_WRONG)
        body = {"left": self.left(subscriber_id)}
        self._trail.append(AuditEvent(Event.RECOVERY_CODE_SPENT, subscriber_id=subscriber_id, body=body))
        return None

    def left(self, subscriber_id: UUID) -> int:
        """How many codes are still good: all that anybody is ever told of them again."""
        held = select(func.count()).where(RecoveryCodeRow.subscriber_id == subscriber_id)
        return self._session.scalar(held) or 0

    def drop(self, subscriber_id: UUID, until: datetime | None = None) -> int:
        """Make all codes of a person worthless, or those made `until` then; how many there were. The caller audits."""
        dropped = delete(RecoveryCodeRow).where(RecoveryCodeRow.subscriber_id == subscriber_id)
        if until is not None:
            dropped = dropped.where(RecoveryCodeRow.created_at <= until)
        return len(self._session.execute(dropped.returning(RecoveryCodeRow.digest)).all())

    def _lock(self, subscriber_id: UUID) -> None:
        """Of two sets made at the same moment the second replaces the first."""
        person = select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id)
        self._session.execute(person.with_for_update(key_share=True))

    def _digest(self, subscriber_id: UUID, salt: bytes, code: str) -> bytes:
        slow = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, ROUNDS)
        return self._keys.mac(Purpose.BLIND_INDEX, f"recovery-code|{subscriber_id}|{slow.hex()}")


def typed_recovery_code(text: str) -> str | None:
    """A recovery code as typed, as its twelve signs; None when it cannot be one."""
    return typed_code_of(text, LENGTH)
