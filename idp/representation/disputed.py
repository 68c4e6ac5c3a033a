"""Mandates to which a stranger may have said yes in a person's name."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update

from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.notices import Notice, Notices
from idp.representation.mandate import Mandate, State, mandate_of
from idp.representation.models import MandateRow
from idp.representation.written import write_down
from idp.subscribers.models import SubscriberRow

__all__ = ["DOUBTED_FOR", "DisputedMandates", "doubted"]

# A yes of so short a time before the hold proves nothing: a notice about the stranger is good as long.
DOUBTED_FOR = timedelta(days=7)


class DisputedMandates:
    """Ends them, in the caller's transaction."""

    def __init__(self, session: Session, notices: Notices, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._notices = notices
        self._clock = clock
        self._trail = trail

    def end_agreed_since(self, person_id: UUID, since: datetime) -> list[Mandate]:
        """End every mandate that was agreed to in this person's name since then, on either side; tell both people."""
        theirs = or_(
            (MandateRow.represented_id == person_id) & (MandateRow.represented_agreed_at >= since),
            (MandateRow.carer_id == person_id) & (MandateRow.carer_agreed_at >= since),
        )
        rows = self._session.scalars(
            update(MandateRow)
            .where(theirs, MandateRow.state.in_([State.PROPOSED.value, State.ACTIVE.value]))
            .values(state=State.ENDED.value, ended_at=self._clock.now(), ended_by=person_id)
            .returning(MandateRow)
            .execution_options(populate_existing=True)
        )
        ended = [mandate_of(row) for row in rows]
        for mandate in ended:
            write_down(self._trail, Event.MANDATE_ENDED, mandate, person_id)
            for either in (mandate.represented_id, mandate.carer_id):
                self._notices.tell(either, Notice.MANDATE_ENDED)
        return ended


def doubted(now: datetime) -> ColumnElement[bool]:
    """Of a mandate's row: is the represented person's account held, and may their yes be the stranger's?"""
    agreed_at = func.coalesce(MandateRow.represented_agreed_at, now)
    began_at = func.coalesce(SubscriberRow.changes_locked_at - DOUBTED_FOR, MandateRow.created_at)
    return (
        select(SubscriberRow.id)
        .where(
            SubscriberRow.id == MandateRow.represented_id,
            SubscriberRow.changes_locked_until > now,
            agreed_at >= began_at,
        )
        .exists()
    )
