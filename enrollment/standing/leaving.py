"""Accounts that leave a suspended record: whoever they are of was not suspended, only the record they were in."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from enrollment.standing.models import SuspensionRow
from idp.database import Session

__all__ = ["leave"]


def leave(session: Session, person_id: UUID, accounts: Collection[UUID]) -> frozenset[UUID]:
    """Take accounts out of the suspension of a record that holds; which of them were shut by it.

    In the caller's transaction, in which the person is held. The end of the suspension opens them no more: that is for
    whoever calls this.
    """
    wanted = select(SuspensionRow.id, SuspensionRow.accounts).where(
        SuspensionRow.person_id == person_id, SuspensionRow.ended_at.is_(None)
    )
    row = session.execute(wanted.with_for_update()).one_or_none()
    shut = frozenset() if row is None else frozenset(row.accounts) & frozenset(accounts)
    if row is not None and shut:
        staying = [account for account in row.accounts if account not in shut]
        left = update(SuspensionRow).where(SuspensionRow.id == row.id).values(accounts=staying)
        session.execute(left.execution_options(synchronize_session=False))
    return shut
