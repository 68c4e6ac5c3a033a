"""How long links of notices are kept once they are of no use."""

from __future__ import annotations

from datetime import datetime, timedelta

from idp.database import Session
from idp.database.removing import remove
from idp.notices.models import SecurityLinkRow

__all__ = ["LINKS_KEPT", "purge_links"]

# Nothing reads a link after its time; a week lets an operator see that it was there.
LINKS_KEPT = timedelta(days=7)


def purge_links(session: Session, now: datetime, most: int) -> int:
    """Remove links whose time is over, used or not: they and links that never were get the same answer."""
    return remove(session, SecurityLinkRow, [SecurityLinkRow.expires_at < now - LINKS_KEPT], most)
