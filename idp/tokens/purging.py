"""How long authorizations and revoked tokens are kept once they are over.

An authorization is over when neither its code nor any token of its refresh family could be good: until then whoever
presents one of them a second time is still found out. One under which details were read stays, without the rest, for
the person's history says which.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Text, cast, delete, exists, or_, select, update

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.database import Session
from idp.database.removing import counted, remove
from idp.tokens.models import GrantRow, RevokedTokenRow

__all__ = ["GRANTS_KEPT", "REVOKED_KEPT", "purge_grants", "purge_revoked_tokens"]

# Longer than any access token lives, and long enough to look into a report of misuse.
GRANTS_KEPT = timedelta(days=30)
# The clocks of machines that judge a token differ by seconds; a day costs nothing.
REVOKED_KEPT = timedelta(days=1)


def purge_grants(session: Session, now: datetime, most: int) -> int:
    """Remove or file at most `most` authorizations that are over; how many.

    Filed is one under which details were read: what it released stays, its secrets' digests go.
    """
    before = now - GRANTS_KEPT
    over = (
        select(GrantRow.id)
        .where(
            GrantRow.filed_at.is_(None),
            GrantRow.created_at < before,
            GrantRow.code_expires_at < before,
            or_(GrantRow.refresh_expires_at.is_(None), GrantRow.refresh_expires_at < before),
        )
        .order_by(GrantRow.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(over))
    if not ids:
        return 0
    shown = exists().where(
        AuditRow.subscriber_id == GrantRow.subscriber_id,
        AuditRow.at >= GrantRow.created_at,
        AuditRow.event == Event.USERINFO_RELEASED.value,
        AuditRow.body["grant"].astext == cast(GrantRow.id, Text),
    )
    filed = update(GrantRow).where(GrantRow.id.in_(ids), shown).values(filed_at=now, **_FORGOTTEN)
    gone = delete(GrantRow).where(GrantRow.id.in_(ids), GrantRow.filed_at.is_(None))
    return sum(counted(session, step.execution_options(synchronize_session=False)) for step in (filed, gone))


_FORGOTTEN = dict.fromkeys(
    ("nonce", "code_challenge", "refresh_handle", "refresh_digest", "refresh_previous_digest", "refresh_request")
)


def purge_revoked_tokens(session: Session, now: datetime, most: int) -> int:
    """Remove the names of access tokens that nobody would accept any more."""
    return remove(session, RevokedTokenRow, [RevokedTokenRow.expires_at < now - REVOKED_KEPT], most)
