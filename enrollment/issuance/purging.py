"""How long activation slips are kept that nobody can use."""

from __future__ import annotations

from datetime import datetime, timedelta

from enrollment.issuance.models import ActivationSlipRow
from idp.database import Session
from idp.database.removing import remove

__all__ = ["SLIPS_KEPT", "purge_slips"]

# Whoever brings an old slip to a centre can still be told that it was one.
SLIPS_KEPT = timedelta(days=90)


def purge_slips(session: Session, now: datetime, most: int) -> int:
    """Remove slips whose time is long over. A spent one stays: it shows that its account was claimed."""
    over = ActivationSlipRow.expires_at < now - SLIPS_KEPT
    return remove(session, ActivationSlipRow, [over, ActivationSlipRow.spent_at.is_(None)], most)
