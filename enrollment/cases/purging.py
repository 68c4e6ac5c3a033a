"""How long answers to requests are kept: within that time the same request gets the same answer."""

from __future__ import annotations

from datetime import datetime

from enrollment.cases.models import ReplyRow
from enrollment.cases.policy import CasePolicy
from idp.database import Session
from idp.database.removing import remove

__all__ = ["purge_replies"]


def purge_replies(session: Session, now: datetime, most: int) -> int:
    """Remove answers that are older than design section 2 keeps them."""
    return remove(session, ReplyRow, [ReplyRow.created_at < now - CasePolicy().replies_kept], most)
