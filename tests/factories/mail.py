"""Messages to people as a worker would read them, before it sends them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.web.services import Services

__all__ = ["Letter", "letters"]


class Letter(dict[str, Any]):
    """What a message says: its `notice`, `channel`, address (`to`) and parameters."""


def letters(services: Services, session: Session, subscriber_id: UUID) -> list[Letter]:
    """Every message that waits for this person, oldest first."""
    rows = session.scalars(
        select(MessageRow)
        .where(MessageRow.subscriber_id == subscriber_id)
        .order_by(MessageRow.created_at, MessageRow.id)
    )
    found = []
    for row in rows:
        content = open_content(session, services.sealer, services.clock, row.id, subscriber_id, row.sealed or b"")
        assert content is not None
        found.append(Letter({**content.parameters, "notice": row.notice, "channel": row.channel, "to": content.to}))
    return found
