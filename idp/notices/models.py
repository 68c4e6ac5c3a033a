"""Stored links of notices."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["SecurityLinkRow"]


class SecurityLinkRow(Base):
    """A link in a notice, good once: "this was not me", or "stop this". The secret is stored as a digest.

    `concerns` is what the notice told of: a session, a recovery case, a contact change, a closing, a way to sign in.
    """

    __tablename__ = "security_link"
    __table_args__ = (
        CheckConstraint(
            "kind in ('not_me', 'stop_recovery', 'stop_contact_change', 'stop_closing', 'remove_method',"
            " 'go_on_recovery')",
            name="kind",
        ),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    concerns: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]
