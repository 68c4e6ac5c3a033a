"""Keeping an account that is to be closed, where it is not for its owner alone to say so: a stranger may have asked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.notices import Notice, Notices
from idp.selfservice.models import AccountClosingRow

__all__ = ["Keeping"]


class Keeping:
    """Stops closings that are under way, in the caller's transaction."""

    def __init__(self, session: Session, notices: Notices, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._notices = notices
        self._clock = clock
        self._trail = trail

    def keep(self, subscriber_id: UUID, why: str) -> bool:
        """Stop the closing of this account, and tell the person; False where none is under way.

        `why`: `not_me` or `recovery`, as the trail tells it.
        """
        open_one = (AccountClosingRow.subscriber_id == subscriber_id) & AccountClosingRow.ended_at.is_(None)
        stopped = self._session.scalar(
            update(AccountClosingRow)
            .where(open_one)
            .values(ended_at=self._clock.now(), outcome="stopped")
            .returning(AccountClosingRow.id)
        )
        if stopped is None:
            return False
        body = {"closing": str(stopped), "by": why}
        self._trail.append(AuditEvent(Event.CLOSING_STOPPED, subscriber_id=subscriber_id, body=body))
        self._notices.tell(subscriber_id, Notice.CLOSING_STOPPED)
        return True
