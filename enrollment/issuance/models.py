"""Cases that ended with a number, and activation slips. Of a slip's code a keyed digest is kept."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ActivationSlipRow", "IssuanceRow"]


class IssuanceRow(Base):
    """What came of a case: written once, so that a case that is issued twice in parallel ends with one number."""

    __tablename__ = "issuance"
    __table_args__ = (CheckConstraint("account in ('opened', 'linked')", name="account"),)

    aid: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    account: Mapped[str]
    issued_at: Mapped[dt.datetime]


class ActivationSlipRow(Base):
    """A slip of paper with a code. Of a case at most one is good: neither spent nor replaced by a later one."""

    __tablename__ = "activation_slip"
    __table_args__ = (
        Index("ix_activation_slip_aid", "aid"),
        Index(
            "ix_activation_slip_good",
            "aid",
            unique=True,
            postgresql_where=text("spent_at is null and replaced_at is null"),
        ),
        CheckConstraint("tries >= 0", name="tries"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    digest: Mapped[bytes]
    tries: Mapped[int] = mapped_column(SmallInteger())
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    spent_at: Mapped[dt.datetime | None]
    replaced_at: Mapped[dt.datetime | None]
