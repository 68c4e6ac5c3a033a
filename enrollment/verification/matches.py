"""What other rooms may know of checks at a counter: that one matched, for a reason, a moment ago."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from enrollment.verification.models import CounterCheckRow
from idp.database import Session

__all__ = ["Matches", "Purpose"]


class Purpose(StrEnum):
    """Why somebody is compared at a counter; closed, stored, and told to the person."""

    SERVICE = "service"
    SLIP = "slip"
    CHANGE = "change"
    RECOVERY = "recovery"


class Matches:
    """Reads, in the caller's transaction."""

    def __init__(self, session: Session, purpose: Purpose = Purpose.RECOVERY) -> None:
        self._session = session
        self._purpose = purpose

    def matched(self, person_id: UUID, officer_id: UUID, since: datetime) -> bool:
        """Whether a check that this officer opened for this room's purpose matched this very person after `since`."""
        wanted = select(CounterCheckRow.id).where(
            CounterCheckRow.person_id == person_id,
            CounterCheckRow.officer_id == officer_id,
            CounterCheckRow.purpose == self._purpose.value,
            CounterCheckRow.outcome == "match",
            CounterCheckRow.decided_at >= since,
        )
        return self._session.scalar(wanted.limit(1)) is not None
