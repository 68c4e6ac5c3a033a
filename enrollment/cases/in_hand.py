"""What an officer has in capture, passed on when another takes over. Fulfils `enrollment.centres.CasesInHand`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from enrollment.cases.case import State
from enrollment.cases.lifecycle import Lifecycle
from enrollment.cases.models import ApplicationRow, KinRow
from enrollment.cases.orders import Moved, Order, Task
from idp.database import Session

__all__ = ["InHand"]


class InHand:
    """Passes applications on, in the caller's transaction."""

    def __init__(self, session: Session, lifecycle: Lifecycle) -> None:
        self._session = session
        self._lifecycle = lifecycle

    def pass_on(self, centre_id: UUID, giver_id: UUID, taker_id: UUID) -> int:
        """Give what the giver has in capture at this centre to the taker; how many. An event and an audit row for each.

        The taker's own application, and those of the taker's household, stay where they are.
        """
        related = exists().where(KinRow.aid == ApplicationRow.aid, KinRow.subscriber_id == taker_id)
        wanted = (
            select(ApplicationRow.aid)
            .where(
                ApplicationRow.centre_id == centre_id,
                ApplicationRow.officer_id == giver_id,
                ApplicationRow.state == State.CAPTURING.value,
                ~related,
            )
            .order_by(ApplicationRow.aid)
        )
        task = Task("hand_over")
        aids = self._session.scalars(wanted).all()
        moved = [self._lifecycle.hand_over(Order(task, aid), giver_id, taker_id) for aid in aids]
        return sum(isinstance(outcome, Moved) for outcome in moved)
