"""Stored wishes of people about their own record. What they wrote is sealed with their identity key."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AccountClosingRow", "ConcernRow", "ContactChangeRow", "CorrectionRow", "DataExportRow"]


class ContactChangeRow(Base):
    """A new e-mail address or telephone number that its owner has yet to prove, or the removal of one."""

    __tablename__ = "contact_change"
    __table_args__ = (
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        CheckConstraint("state in ('proving', 'done', 'stopped', 'expired')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    sealed_value: Mapped[bytes]
    state: Mapped[str]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class CorrectionRow(Base):
    """A correction that a person proposes; the registry decides. `sealed` holds old and new value and the reason.

    `mandate_id`: the mandate under which a carer proposed it, null for the person's own.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("state in ('open', 'accepted', 'rejected', 'withdrawn')", name="state"),
        Index("ix_correction_open", "created_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    claim: Mapped[str]
    sealed: Mapped[bytes]
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    mandate_id: Mapped[uuid.UUID | None]


class ConcernRow(Base):
    """A person's report that an entry of their history was not right. `sealed` holds their words and the answer."""

    __tablename__ = "concern"
    __table_args__ = (CheckConstraint("state in ('open', 'answered')", name="state"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[uuid.UUID]
    sealed: Mapped[bytes]
    state: Mapped[str]
    created_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class DataExportRow(Base):
    """A copy of everything about a person, made by a worker; sealed, and gone after `expires_at`."""

    __tablename__ = "data_export"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'working', 'ready', 'failed', 'expired')", name="state"),
        CheckConstraint("progress between 0 and 100", name="progress"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    progress: Mapped[int] = mapped_column(SmallInteger())
    sealed_document: Mapped[bytes | None]
    sealed_print: Mapped[bytes | None]
    created_at: Mapped[dt.datetime]
    ready_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]


class AccountClosingRow(Base):
    """A wish to close the account, which takes effect at `closes_at` unless it is stopped."""

    __tablename__ = "account_closing"
    __table_args__ = (
        Index("uq_account_closing_open", "subscriber_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    asked_at: Mapped[dt.datetime]
    closes_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None]
