"""Stored suspensions, and what their owners said about them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AppealRow", "SuspensionRow"]


class SuspensionRow(Base):
    """That a record is not to be used, from `made_at` until `ended_at`; of a person at most one holds now.

    `accounts` are those that were shut by it, and are opened again with its end. `reference` and the code behind
    `digest` stand on the letter to the person. A wish to give the record back waits for a second registrar.
    """

    __tablename__ = "suspension"
    __table_args__ = (
        Index("uq_suspension_open", "person_id", unique=True, postgresql_where=text("ended_at is null")),
        CheckConstraint(
            "reason in ('suspected_misuse', 'disputed_identity', 'legal_order', 'person_asked')", name="reason"
        ),
        CheckConstraint(
            "return_why in ('settled', 'in_error', 'order_lifted', 'person_asked', 'appeal_granted')", name="return_why"
        ),
        CheckConstraint("(return_by is null) = (return_at is null)", name="return_asked"),
        CheckConstraint("(ended_by is null) = (ended_at is null)", name="ended"),
        CheckConstraint("ended_by <> return_by", name="four_eyes"),
        CheckConstraint("tries >= 0", name="tries"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    accounts: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(UUID_TYPE(as_uuid=True)))
    reference: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes]
    tries: Mapped[int] = mapped_column(SmallInteger())
    made_by: Mapped[uuid.UUID]
    made_at: Mapped[dt.datetime]
    return_why: Mapped[str | None]
    return_by: Mapped[uuid.UUID | None]
    return_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[dt.datetime | None]


class AppealRow(Base):
    """What a suspended person said, sealed under their key. One waits at a time; somebody new decides."""

    __tablename__ = "suspension_appeal"
    __table_args__ = (
        Index("uq_suspension_appeal_open", "suspension_id", unique=True, postgresql_where=text("decided_at is null")),
        CheckConstraint("decision in ('granted', 'kept', 'settled')", name="decision"),
        CheckConstraint("(decided_at is null) = (decision is null)", name="decided"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    suspension_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("suspension.id"), index=True)
    sealed: Mapped[bytes | None]
    made_at: Mapped[dt.datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
