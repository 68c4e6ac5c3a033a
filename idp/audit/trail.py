"""Writing audit rows: into a session's transaction, or as an operation of a group commit. Never on their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from idp.audit.events import AuditEvent
from idp.audit.models import AuditRow
from idp.clock import Clock
from idp.database import Operation, Session, Statement
from idp.entropy import Entropy
from idp.telemetry import request_id

__all__ = ["APPEND", "Trail", "audit_item", "audit_operation"]

# ON CONFLICT: an event whose first commit had an unknown outcome may be sent again under its id.
APPEND = Statement(
    "audit.append",
    """
    insert into audit_event (id, at, event, subscriber_id, client_id, session_id, actor, request_id, body)
    select id, at, event, subscriber_id, client_id, session_id, actor, request_id, body
    from jsonb_to_recordset(%s::jsonb) as item(
        id uuid, at timestamptz, event text, subscriber_id uuid, client_id text, session_id uuid,
        actor text, request_id text, body jsonb)
    on conflict (id) do nothing
    """,
)

# Of the table and not of the class, made once: every request of a page writes a row or more.
_INSERT = insert(AuditRow.metadata.tables[AuditRow.__tablename__])


class Trail:
    """Appends events to the transaction of a session; the edge commits both together or neither."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy

    def append(self, event: AuditEvent) -> None:
        """Write the row now, inside the open transaction."""
        self.append_all([event])

    def append_all(self, events: Sequence[AuditEvent]) -> None:
        """The same for many, in one statement."""
        rows = [
            {
                "id": self._entropy.uuid(),
                "at": self._clock.now(),
                "event": event.event.value,
                "subscriber_id": event.subscriber_id,
                "client_id": event.client_id,
                "session_id": event.session_id,
                "actor": event.actor,
                "request_id": request_id.get(),
                "body": event.cleaned_body(),
            }
            for event in events
        ]
        if rows:
            self._session.execute(_INSERT, rows)


def audit_item(event: AuditEvent, clock: Clock, entropy: Entropy) -> dict[str, Any]:
    """The event as a JSON item for a batch statement that writes the audit row itself."""
    return {
        "id": entropy.identifier(),
        "at": clock.now().isoformat(),
        "event": event.event.value,
        "subscriber_id": str(event.subscriber_id) if event.subscriber_id else None,
        "client_id": event.client_id,
        "session_id": str(event.session_id) if event.session_id else None,
        "actor": event.actor,
        "request_id": request_id.get(),
        "body": event.cleaned_body(),
    }


def audit_operation(event: AuditEvent, clock: Clock, entropy: Entropy) -> Operation:
    """The event as an operation of its own, for actions that write nothing else."""
    return Operation(APPEND, audit_item(event, clock, entropy))
