"""Stored recovery cases."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["RecoveryCaseRow"]


class RecoveryCaseRow(Base):
    """One attempt to get back to an account, from its first proof on. Several may be open: nobody blocks the owner.

    `proofs` are the rungs that were proven, `level` the assurance they amount to, `ready_at` the end of the
    cooling-off time, `told_at` when everybody was last told of it. `browser` is the digest of the browser that has it.
    """

    __tablename__ = "recovery_case"
    __table_args__ = (
        CheckConstraint("state in ('proving', 'cooling', 'ready', 'done', 'stopped', 'expired')", name="state"),
        Index("ix_recovery_case_open", "subscriber_id", postgresql_where=text("ended_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    state: Mapped[str]
    proofs: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    level: Mapped[int] = mapped_column(SmallInteger())
    browser: Mapped[bytes]
    opened_at: Mapped[dt.datetime]
    ready_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]
