"""Erases again what a restored copy of the database brought back, by the list that was kept apart from it.

Bears repeating: what is erased already is left as it is. A key that was made after the erasure is another one, of
somebody who was enrolled anew, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.erasure.accounts import ErasedAccounts
from enrollment.erasure.carrying_out import CarryingOut
from enrollment.erasure.entries import ACCOUNT, Entry
from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import Outcome
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session
from idp.keys.models import PersonKeyRow
from idp.selfservice.models import AccountClosingRow

__all__ = ["Replayed", "Replaying"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What an entry came to.

    `again`: the record or account was there and had to be erased anew; `keys`: so many listed keys were there besides.
    """

    again: bool
    keys: int


class Replaying:
    """Replays entries, each in a transaction of its own, which the caller commits."""

    def __init__(
        self, session: Session, carrying_out: CarryingOut, theirs: ErasedAccounts, clock: Clock, trail: Trail
    ) -> None:
        self._session = session
        self._carrying_out = carrying_out
        self._theirs = theirs
        self._clock = clock
        self._trail = trail

    def replay(self, entry: Entry) -> Replayed:
        """Erase again what the entry tells of, where it is there; then destroy the keys that it lists."""
        again = self._closed(entry) if entry.scope == ACCOUNT else self._erased(entry)
        done = Replayed(again, self._destroyed(entry))
        if done.again or done.keys:
            body: dict[str, BodyValue] = {
                "erasure": entry.id,
                "scope": entry.scope,
                "keys": done.keys,
                "again": done.again,
            }
            self._trail.append(AuditEvent(Event.ERASURE_REPLAYED, actor="operator", body=body))
        return done

    def _closed(self, entry: Entry) -> bool:
        row = AccountClosingRow
        over = update(row).where(row.id == UUID(entry.id), row.ended_at.is_(None))
        over = over.values(ended_at=datetime.fromisoformat(entry.ended_at), outcome="closed")
        self._session.execute(over.execution_options(synchronize_session=False))
        return self._theirs.erase(UUID(entry.subject), None)

    def _erased(self, entry: Entry) -> bool:
        row, person_id = ErasureRow, UUID(entry.subject)
        known = self._session.scalar(select(row.outcome).where(row.id == UUID(entry.id)))
        status = self._session.scalar(select(PersonRow.status).where(PersonRow.id == person_id))
        if status is None or known == Outcome.DONE.value:
            return False
        again = status != Status.ERASED.value and self._carried_out(entry, person_id)
        if again or status == Status.ERASED.value:
            # As it was signed and given out then: what came of it today is in the trail.
            ended = datetime.fromisoformat(entry.ended_at)
            done = {"ended_at": ended, "outcome": Outcome.DONE.value, "material": entry.material, "proof": entry.proof}
            self._written(entry, {"due_at": ended, **done})
        return again

    def _carried_out(self, entry: Entry, person_id: UUID) -> bool:
        """It waits, due now, whatever the copy says of it, and is carried out; another that waits is overtaken."""
        row, now = ErasureRow, self._clock.now()
        overtaken = update(row).where(row.person_id == person_id, row.ended_at.is_(None), row.id != UUID(entry.id))
        overtaken = overtaken.values(ended_at=now, outcome=Outcome.VOID.value)
        self._session.execute(overtaken.execution_options(synchronize_session=False))
        self._written(entry, {"due_at": now, "ended_at": None, "outcome": None, "material": None, "proof": None})
        return self._carrying_out.carry_out(UUID(entry.id)) is not None

    def _written(self, entry: Entry, now: dict[str, Any]) -> None:
        asked = {
            "id": UUID(entry.id),
            "person_id": UUID(entry.subject),
            "scope": entry.scope,
            "ground": entry.ground,
            "asked_by": UUID(entry.asked_by or ""),
            "asked_at": datetime.fromisoformat(entry.asked_at or ""),
            "approved_by": None if entry.approved_by is None else UUID(entry.approved_by),
            "approved_at": None if entry.approved_at is None else datetime.fromisoformat(entry.approved_at),
        }
        written = insert(ErasureRow).values(asked | now)
        written = written.on_conflict_do_update(index_elements=[ErasureRow.id], set_=now)
        self._session.execute(written.execution_options(synchronize_session=False))

    def _destroyed(self, entry: Entry) -> int:
        before, gone = datetime.fromisoformat(entry.ended_at), 0
        for owner, purpose, _ in entry.material.get("keys", []):
            row = PersonKeyRow
            listed = row.person_id == UUID(owner), row.purpose == purpose, row.created_at <= before
            destroyed = delete(row).where(*listed).returning(row.purpose)
            gone += len(self._session.scalars(destroyed.execution_options(synchronize_session=False)).all())
        return gone
