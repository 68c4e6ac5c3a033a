"""Whose record an account may see and change: that of whoever was proven to hold it, and of nobody else.

An application can name an account that is somebody else's. Such an account is linked at issuance and proven when it is
claimed (`Claiming`); until then it says nothing of the record, and does nothing to it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from enrollment.cases import State
from enrollment.cases.models import ApplicationRow
from enrollment.issuance.issue import OPENED
from enrollment.issuance.models import IssuanceRow
from enrollment.register.models import PersonAccountRow
from idp.database import Session

__all__ = ["proven_owner"]


def proven_owner(session: Session, subscriber_id: UUID) -> UUID | None:
    """The person of the register who holds this account; None for nobody, and while that is not proven."""
    proven = (
        select(IssuanceRow.subscriber_id)
        .outerjoin(ApplicationRow, ApplicationRow.aid == IssuanceRow.aid)
        .where(IssuanceRow.subscriber_id == subscriber_id)
        .where(or_(IssuanceRow.account == OPENED, ApplicationRow.state == State.CLAIMED.value))
    )
    wanted = select(PersonAccountRow.person_id).where(PersonAccountRow.subscriber_id == subscriber_id, proven.exists())
    return session.scalar(wanted)
