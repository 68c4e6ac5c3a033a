"""Erases again what a restored copy of the database brought back, by the list that was kept apart from it.

Bears repeating: what is erased already is left as it is. A key that was made after the erasure is another one, of
somebody who was enrolled anew, and stays. Where the copy has two people in one record that were two again when one of
them was erased, nobody is erased: it must be undone there first, as it was.
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
from enrollment.erasure.values import Outcome, Scope
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
    `unlike`: the copy knows more or fewer records and accounts as theirs than were erased. With more nothing was done;
    with fewer there is a record left that no key opens. Or it cannot be done to the record as it is in the copy.
    """

    again: bool
    keys: int
    unlike: bool = False


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
        if self._reaches_others(entry):
            return Replayed(again=False, keys=0, unlike=True)
        again = self._closed(entry) if entry.scope == ACCOUNT else self._erased(entry)
        done = Replayed(again, self._destroyed(entry), self._left(entry))
        if done.again or done.keys:
            body: dict[str, BodyValue] = {
                "erasure": entry.id,
                "scope": entry.scope,
                "keys": done.keys,
                "again": done.again,
            }
            self._trail.append(AuditEvent(Event.ERASURE_REPLAYED, actor="operator", body=body))
        return done

    def _reaches_others(self, entry: Entry) -> bool:
        """Whether it would take along somebody of the copy who was not erased: merged by mistake, and split since."""
        if entry.scope == ACCOUNT or self._is_done(entry):
            return False
        if self._status(entry) == Status.MERGED.value:
            return True
        reach = self._carrying_out.reach(UUID(entry.subject))
        return any(set(theirs) - set(entry.material.get(name, theirs)) for name, theirs in reach.items())

    def _left(self, entry: Entry) -> bool:
        """Whether something of it is not erased: a record that was merged into theirs after the copy, or their own."""
        if entry.scope != ACCOUNT and self._status(entry) is not None and not self._is_done(entry):
            return True
        if entry.scope != Scope.RECORD.value:
            return False
        gone = Status.ERASED.value, Status.MERGED.value
        people = [UUID(one) for one in entry.material.get("people", [])]
        there = select(PersonRow.id).where(PersonRow.id.in_(people), PersonRow.status.not_in(gone)).limit(1)
        return self._session.scalar(there) is not None

    def _status(self, entry: Entry) -> str | None:
        return self._session.scalar(select(PersonRow.status).where(PersonRow.id == UUID(entry.subject)))

    def _is_done(self, entry: Entry) -> bool:
        outcome = self._session.scalar(select(ErasureRow.outcome).where(ErasureRow.id == UUID(entry.id)))
        return outcome == Outcome.DONE.value

    def _closed(self, entry: Entry) -> bool:
        row = AccountClosingRow
        over = update(row).where(row.id == UUID(entry.id), row.ended_at.is_(None))
        over = over.values(ended_at=datetime.fromisoformat(entry.ended_at), outcome="closed")
        self._session.execute(over.execution_options(synchronize_session=False))
        return self._theirs.erase(UUID(entry.subject), None)

    def _erased(self, entry: Entry) -> bool:
        person_id = UUID(entry.subject)
        status = self._status(entry)
        if status is None or self._is_done(entry):
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
