"""The same request twice: one effect, one reply (design section 2; AC-099).

A key is claimed by inserting its row, before anything is locked. Of parallel requests under one key the first inserts,
the others wait for its commit and read the reply; if it is rolled back, the next one inserts. A refused request leaves
no row: nothing came of it, and the same key may try again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.models import ReplyRow
from enrollment.cases.orders import Doer, Task, is_key
from enrollment.cases.policy import CasePolicy
from enrollment.errors import Code, Refusal
from idp.clock import Clock
from idp.database import Session
from idp.database.removing import remove

__all__ = ["Replies", "purge_replies"]

MAX_KEY = 80


class Replies:
    """Claims keys and keeps replies, in the caller's transaction. Keys of different people are different keys."""

    def __init__(self, session: Session, clock: Clock, policy: CasePolicy) -> None:
        self._session = session
        self._clock = clock
        self._policy = policy

    def claim(self, by: Doer, key: str, body: Mapping[str, Any]) -> dict[str, Any] | Refusal | None:
        """None when this request is to be done, else the reply that it was given.

        Refused: `ENR_SCHEMA` (not a UUID version 7), `ENR_IDEMP` (the key came with another body).
        """
        if not (is_key(key) or (isinstance(by, Task) and 0 < len(key) <= MAX_KEY)):
            return Refusal(Code.ENR_SCHEMA, "idempotency_key")
        owner, digest = _owner(by), _digest(body)
        if self._claimed(owner, key, digest):
            return None
        row = self._session.execute(
            select(ReplyRow.digest, ReplyRow.reply, ReplyRow.created_at).where(
                ReplyRow.owner == owner, ReplyRow.key == key
            )
        ).one_or_none()
        if row is None or row.reply is None or row.created_at <= self._clock.now() - self._policy.replies_kept:
            # Its time is over, and no cleaner came by yet (AC-134), or one did just now.
            self._session.execute(delete(ReplyRow).where(ReplyRow.owner == owner, ReplyRow.key == key))
            return None if self._claimed(owner, key, digest) else Refusal(Code.ENR_IDEMP)
        return dict(row.reply) if row.digest == digest else Refusal(Code.ENR_IDEMP)

    def keep(self, by: Doer, key: str, reply: Mapping[str, Any]) -> None:
        """The reply of a request that was done."""
        self._session.execute(
            update(ReplyRow).where(ReplyRow.owner == _owner(by), ReplyRow.key == key).values(reply=dict(reply))
        )

    def release(self, by: Doer, key: str) -> None:
        """Nothing came of the request."""
        self._session.execute(delete(ReplyRow).where(ReplyRow.owner == _owner(by), ReplyRow.key == key))

    def _claimed(self, owner: str, key: str, digest: bytes) -> bool:
        claim = (
            insert(ReplyRow)
            .values(owner=owner, key=key, digest=digest, reply=None, created_at=self._clock.now())
            .on_conflict_do_nothing()
            .returning(ReplyRow.key)
        )
        return self._session.scalar(claim) is not None


def purge_replies(session: Session, clock: Clock, policy: CasePolicy, most: int) -> int:
    """Remove at most `most` replies whose time is over; how many there were."""
    return remove(session, ReplyRow, [ReplyRow.created_at < clock.now() - policy.replies_kept], most)


def _owner(by: Doer) -> str:
    return "system" if isinstance(by, Task) else str(by.subscriber_id)


def _digest(body: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), default=str).encode()).digest()
