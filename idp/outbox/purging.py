"""How long it can be seen that a message was sent or given up."""

from __future__ import annotations

from datetime import datetime

from idp.database import Session
from idp.database.removing import remove
from idp.outbox.delivery import KEPT_FOR
from idp.outbox.message import State
from idp.outbox.models import MessageRow, SmsBudgetRow

__all__ = ["purge_budgets", "purge_messages"]

_SETTLED = (State.SENT.value, State.FAILED.value)


def purge_messages(session: Session, now: datetime, most: int) -> int:
    """Remove messages that were sent or given up long ago; what waits or is held stays."""
    return remove(session, MessageRow, [MessageRow.state.in_(_SETTLED), MessageRow.created_at < now - KEPT_FOR], most)


def purge_budgets(session: Session, now: datetime, most: int) -> int:
    """Remove counts of days long gone."""
    return remove(session, SmsBudgetRow, [SmsBudgetRow.day < (now - KEPT_FOR).date()], most)
