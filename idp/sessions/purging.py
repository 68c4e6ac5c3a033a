"""How long the rows of sessions and devices are kept once they are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import column, exists, or_, table

from idp.database import Session
from idp.database.removing import remove
from idp.sessions.devices import KNOWN_FOR
from idp.sessions.models import DeviceRow, SessionRow

__all__ = ["DEVICES_KEPT", "SESSIONS_KEPT", "purge_devices", "purge_sessions"]

# People who ask for a copy of their data find the sign-ins of a quarter, and a closing asks about those of its day.
SESSIONS_KEPT = timedelta(days=90)
# Whoever helps somebody after "this was not me" can still see which browser was struck off.
DEVICES_KEPT = timedelta(days=30)

# The room of tokens stands above this one; what needs its session's row is named by its columns.
_GRANTS = table("authorization_grant", *(column(name) for name in ("session_id", "revoked_at", "filed_at")))


def purge_sessions(session: Session, now: datetime, most: int) -> int:
    """Remove sessions that ended long ago; one on which an authorization still hangs stays."""
    in_use = exists().where(
        _GRANTS.c.session_id == SessionRow.id, _GRANTS.c.revoked_at.is_(None), _GRANTS.c.filed_at.is_(None)
    )
    return remove(session, SessionRow, [SessionRow.expires_at < now - SESSIONS_KEPT, ~in_use], most)


def purge_devices(session: Session, now: datetime, most: int) -> int:
    """Remove devices that were unused for so long that nobody is known on them, and those that were struck off."""
    over = or_(DeviceRow.seen_at <= now - KNOWN_FOR, DeviceRow.revoked_at < now - DEVICES_KEPT)
    return remove(session, DeviceRow, [over], most)
