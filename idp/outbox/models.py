"""Stored messages that are to be delivered, and what text messages may cost."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["MessageRow", "SmsBudgetRow"]


class MessageRow(Base):
    """One message to one address. Address and text are sealed, with the person's key where there is a person.

    `notice` names what it tells (a closed list). A message is of no use after `expires_at`. `network` is the operator's
    part of a telephone number, for the budget; `failure` is a code, never the words of a mail server.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        CheckConstraint("state in ('waiting', 'sent', 'failed', 'held')", name="state"),
        Index("ix_outbox_message_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    notice: Mapped[str]
    channel: Mapped[str]
    sealed: Mapped[bytes | None]
    state: Mapped[str]
    tries: Mapped[int]
    network: Mapped[str | None]
    failure: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    next_try_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]


class SmsBudgetRow(Base):
    """How many text messages were queued for one network on one day (UTC)."""

    __tablename__ = "sms_budget"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int]
