"""Stored mandates."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["MandateRow"]


class MandateRow(Base):
    """That `carer_id` may act for `represented_id`: what (`powers`, a closed list), and until when.

    It is in force only once both agreed. Rows are history and are never removed while an account stands.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'active', 'declined', 'ended')", name="state"),
        CheckConstraint("carer_id <> represented_id", name="two_people"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    represented_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"), index=True)
    carer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"), index=True)
    powers: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    state: Mapped[str]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    represented_agreed_at: Mapped[dt.datetime | None]
    carer_agreed_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
