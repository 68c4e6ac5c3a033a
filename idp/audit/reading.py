"""Looking up what was audited of one request. The trail itself is only ever appended to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from idp.audit.models import AuditRow
from idp.database import Session
from idp.errors import Code, Refusal

__all__ = ["audited_of"]

# Identifiers are ordered by time (RFC 9562 5.7), so the rows of a request are found by theirs. A request that takes
# longer has been told 503 long ago; the minute before is for clocks of several machines.
_BEFORE = timedelta(minutes=1)
_AFTER = timedelta(minutes=10)


def audited_of(session: Session, request_id: str) -> Sequence[AuditRow] | Refusal:
    """The audit rows of the request that was answered with this `X-Request-Id`, oldest first."""
    try:
        identifier = UUID(request_id)
    except ValueError:
        identifier = UUID(int=0)
    if identifier.version != 7:
        return Refusal(Code.AUDIT_REQUEST, "not a request id of ours: 32 hexadecimal digits")
    moment = identifier.int >> 80
    first, last = (
        UUID(int=max(0, moment + int(shift / timedelta(milliseconds=1))) << 80) for shift in (-_BEFORE, _AFTER)
    )
    statement = (
        select(AuditRow)
        .where(AuditRow.id >= first, AuditRow.id < last, AuditRow.request_id == request_id)
        .order_by(AuditRow.id)
    )
    return session.execute(statement).scalars().all()
