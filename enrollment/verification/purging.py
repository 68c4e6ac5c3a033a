"""What is no longer needed of comparisons: rows older than `VerificationPolicy.kept`."""

from __future__ import annotations

from datetime import datetime

from enrollment.verification.models import CounterCheckRow, VerifyLogRow
from enrollment.verification.policy import VerificationPolicy
from idp.database import Session
from idp.database.removing import remove

__all__ = ["purge_checks", "purge_comparisons"]


def purge_comparisons(session: Session, now: datetime, most: int) -> int:
    """Remove at most that many lines of the log that are too old; how many there were."""
    return remove(session, VerifyLogRow, [VerifyLogRow.at < now - VerificationPolicy().kept], most)


def purge_checks(session: Session, now: datetime, most: int) -> int:
    """The same of checks at counters."""
    return remove(session, CounterCheckRow, [CounterCheckRow.expires_at < now - VerificationPolicy().kept], most)
