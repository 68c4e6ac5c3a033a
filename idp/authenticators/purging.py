"""How long counters of guesses, codes by message and digests of samples are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_

from idp.authenticators.biometric_tries import REMEMBERED
from idp.authenticators.budgets import Factor, ThrottlePolicy
from idp.authenticators.models import BiometricSampleRow, OneTimeCodeRow, ThrottleRow
from idp.authenticators.one_time_code import KEPT
from idp.database import Session
from idp.database.removing import remove

__all__ = ["purge_codes", "purge_samples", "purge_throttles"]


def purge_throttles(session: Session, now: datetime, most: int, policy: ThrottlePolicy | None = None) -> int:
    """Remove counters that the next try would begin afresh: forgetting them gives nobody a try more."""
    rules = policy or ThrottlePolicy()
    budgets = {factor: rules.budget(factor) for factor in Factor}
    forgotten = or_(
        *(
            and_(
                ThrottleRow.factor == factor.value,
                ThrottleRow.window_started_at < now - max(budget.window, budget.memory),
            )
            for factor, budget in budgets.items()
        )
    )
    waiting_no_longer = or_(ThrottleRow.blocked_until.is_(None), ThrottleRow.blocked_until <= now)
    return remove(session, ThrottleRow, [forgotten, waiting_no_longer], most)


def purge_codes(session: Session, now: datetime, most: int) -> int:
    """Remove codes by message of yesterday: how many were sent is asked for the last hour."""
    return remove(session, OneTimeCodeRow, [OneTimeCodeRow.created_at < now - KEPT], most)


def purge_samples(session: Session, now: datetime, most: int) -> int:
    """Remove digests of samples that may be shown again, as the person's next check would."""
    return remove(session, BiometricSampleRow, [BiometricSampleRow.seen_at < now - REMEMBERED], most)
