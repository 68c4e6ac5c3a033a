"""Corrections that carers proposed: they give way to the person's own, and end with the mandate."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.selfservice.models import CorrectionRow

__all__ = ["CarersCorrections"]

# Nobody pressed a button for it.
SYSTEM = "system"


class CarersCorrections:
    """Withdraws them, in the caller's transaction; each withdrawal is audited."""

    def __init__(self, session: Session, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._trail = trail

    def end_with(self, mandate_id: UUID) -> int:
        """Take back every open one of a mandate that is over; how many there were."""
        return self._withdraw(CorrectionRow.mandate_id == mandate_id)

    def give_way(self, subscriber_id: UUID, claim: str) -> int:
        """Take back every open one about this detail of a person, who proposes one now."""
        about = (CorrectionRow.subscriber_id == subscriber_id) & (CorrectionRow.claim == claim)
        return self._withdraw(about & CorrectionRow.mandate_id.is_not(None))

    def _withdraw(self, wanted: ColumnElement[bool]) -> int:
        rows = self._session.execute(
            update(CorrectionRow)
            .where(wanted, CorrectionRow.state == "open")
            .values(state="withdrawn", decided_at=self._clock.now())
            .returning(CorrectionRow.id, CorrectionRow.subscriber_id)
        ).all()
        for row in rows:
            body, whose = {"correction": str(row.id)}, row.subscriber_id
            self._trail.append(AuditEvent(Event.CORRECTION_WITHDRAWN, subscriber_id=whose, actor=SYSTEM, body=body))
        return len(rows)
