"""Stored events of people's lives: written once, changed once, found again, and the records they are about held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.life_events.events import UNDOES, Kind, LifeEvent, State, event_of
from enrollment.life_events.models import LifeEventRow
from enrollment.register.models import PersonRow
from idp.database import Session

__all__ = ["Ledger"]

MOST = 100


class Ledger:
    """Reads and writes, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, *people: UUID | None) -> None:
        """Lock the records until the transaction ends, always in one order."""
        wanted = [one for one in people if one is not None]
        held = select(PersonRow.id).where(PersonRow.id.in_(wanted)).order_by(PersonRow.id).with_for_update()
        self._session.execute(held)

    def store(self, wanted: LifeEvent) -> bool:
        """Write an event down that is asked for; False where one of that kind about that person waits already."""
        values = {
            "id": wanted.id,
            "kind": wanted.kind.value,
            "state": wanted.state.value,
            "person_id": wanted.person_id,
            "other_id": wanted.other_id,
            "undoes": wanted.undoes,
            "ground": wanted.ground.value,
            "details": dict(wanted.details),
            "asked_by": wanted.asked_by,
            "asked_at": wanted.asked_at,
            "undo_until": wanted.undo_until,
        }
        made = insert(LifeEventRow).values(values).on_conflict_do_nothing().returning(LifeEventRow.id)
        return self._session.scalar(made) is not None

    def change(self, found: LifeEvent, at: datetime, **values: Any) -> LifeEvent:
        """The event as it is from now on."""
        decided = {**values, "decided_at": at}
        self._update(found.id, decided)
        return replace(found, **{**decided, "state": State(values["state"])})

    def undone(self, event_id: UUID) -> None:
        """It was taken back by another event."""
        self._update(event_id, {"state": State.UNDONE.value})

    def find(self, event_id: UUID, *, lock: bool = False) -> LifeEvent | None:
        """One event. `lock`: held until the transaction ends."""
        wanted = self._rows().where(LifeEventRow.id == event_id)
        found = self._session.scalar(wanted.with_for_update() if lock else wanted)
        return None if found is None else event_of(found)

    def asked(self, kind: Kind, person_id: UUID) -> LifeEvent | None:
        """What of this kind waits about somebody."""
        row = self._session.scalars(
            self._rows().where(
                LifeEventRow.kind == kind.value,
                LifeEventRow.person_id == person_id,
                LifeEventRow.state == State.ASKED.value,
            )
        ).one_or_none()
        return None if row is None else event_of(row)

    def waiting(self) -> list[LifeEvent]:
        """What waits for a decision, oldest first, at most a hundred."""
        rows = self._rows().where(LifeEventRow.state == State.ASKED.value).order_by(LifeEventRow.asked_at)
        return self._events(rows.limit(MOST))

    def of_person(self, person_id: UUID) -> list[LifeEvent]:
        """Everything that was done to a record, and what was refused, newest first, at most a hundred."""
        concerned = or_(LifeEventRow.person_id == person_id, LifeEventRow.other_id == person_id)
        settled = LifeEventRow.state.in_([State.DONE.value, State.UNDONE.value, State.REFUSED.value])
        return self._events(self._rows().where(concerned, settled).order_by(LifeEventRow.asked_at.desc()).limit(MOST))

    def in_force(self, kind: Kind, person_id: UUID, other_id: UUID | None = None) -> LifeEvent | None:
        """The last event of a kind that was done to somebody, and was not taken back."""
        wanted = self._rows().where(
            LifeEventRow.kind == kind.value,
            LifeEventRow.person_id == person_id,
            LifeEventRow.state == State.DONE.value,
        )
        if other_id is not None:
            wanted = wanted.where(LifeEventRow.other_id == other_id)
        found = self._events(wanted.order_by(LifeEventRow.decided_at.desc()).limit(1))
        return found[0] if found else None

    def to_undo(self, kind: Kind, person_id: UUID, other_id: UUID | None = None) -> LifeEvent | None:
        """What an event of this kind about these people would take back; None where there is nothing."""
        return self.in_force(UNDOES[kind], person_id, other_id)

    def _update(self, event_id: UUID, values: dict[str, Any]) -> None:
        changed = update(LifeEventRow).where(LifeEventRow.id == event_id).values(values)
        self._session.execute(changed.execution_options(synchronize_session=False))

    @staticmethod
    def _rows() -> Any:
        return select(LifeEventRow).execution_options(populate_existing=True)

    def _events(self, wanted: Any) -> list[LifeEvent]:
        return [event_of(row) for row in self._session.scalars(wanted)]
