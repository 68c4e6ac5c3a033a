"""How long copies and changes of addresses are kept once they are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from idp.database import Session
from idp.database.removing import counted, remove
from idp.selfservice.models import ContactChangeRow, DataExportRow

__all__ = ["CHANGES_KEPT", "EXPORTS_KEPT", "expire_contact_changes", "purge_contact_changes", "purge_exports"]

# The page of copies says what became of the last one. Its contents are gone after a day.
EXPORTS_KEPT = timedelta(days=30)
# Old addresses: an undoing takes 72 hours; a quarter lets somebody who was robbed see where letters went meanwhile.
CHANGES_KEPT = timedelta(days=90)


def purge_exports(session: Session, now: datetime, most: int) -> int:
    """Remove what is left of copies, made or not, whose day was over long ago."""
    return remove(session, DataExportRow, [DataExportRow.expires_at < now - EXPORTS_KEPT], most)


def expire_contact_changes(session: Session, now: datetime, most: int) -> int:
    """Write down that changes are over whose new address was never proven."""
    over = (
        select(ContactChangeRow.id)
        .where(ContactChangeRow.state == "proving", ContactChangeRow.expires_at <= now)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("over")
    )
    expired = (
        update(ContactChangeRow)
        .where(ContactChangeRow.id == over.c.id)
        .values(state="expired", ended_at=ContactChangeRow.expires_at)
    )
    return counted(session, expired.execution_options(synchronize_session=False))


def purge_contact_changes(session: Session, now: datetime, most: int) -> int:
    """Remove changes that ended long ago, and the addresses in them."""
    return remove(session, ContactChangeRow, [ContactChangeRow.ended_at < now - CHANGES_KEPT], most)
