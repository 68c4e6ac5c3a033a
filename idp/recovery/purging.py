"""Cases whose time is over: written as such, and forgotten later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from idp.database import Session
from idp.database.removing import counted, remove
from idp.recovery.cases import OPEN
from idp.recovery.ladder import State
from idp.recovery.models import RecoveryCaseRow

__all__ = ["CASES_KEPT", "expire_cases", "purge_cases"]

# A centre that is shown an old reference can still be told by operators what became of it.
CASES_KEPT = timedelta(days=30)


def expire_cases(session: Session, now: datetime, most: int) -> int:
    """Write down that cases are over whose time has passed; they ended when it had, not when this found them."""
    over = (
        select(RecoveryCaseRow.id)
        .where(RecoveryCaseRow.ended_at.is_(None), RecoveryCaseRow.state.in_(OPEN), RecoveryCaseRow.expires_at <= now)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("over")
    )
    expired = (
        update(RecoveryCaseRow)
        .where(RecoveryCaseRow.id == over.c.id)
        .values(state=State.EXPIRED.value, ended_at=RecoveryCaseRow.expires_at)
    )
    return counted(session, expired.execution_options(synchronize_session=False))


def purge_cases(session: Session, now: datetime, most: int) -> int:
    """Remove cases that ended long ago."""
    return remove(session, RecoveryCaseRow, [RecoveryCaseRow.ended_at < now - CASES_KEPT], most)
