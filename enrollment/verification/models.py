"""Stored comparisons of one person with one person: what came of them, and the checks that officers open."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["CounterCheckRow", "VerifyLogRow"]


class VerifyLogRow(Base):
    """One comparison: figures only, no image and no template. `ratio` is for statistics of errors, and for nobody else.

    `place` is where: a sign-in, or a counter (`check_id`). `code` says why nothing was compared.
    """

    __tablename__ = "verify_log"
    __table_args__ = (
        CheckConstraint("place in ('signin', 'counter')", name="place"),
        CheckConstraint("modality in ('face', 'finger')", name="modality"),
        CheckConstraint("result in ('match', 'no_match', 'again', 'refused')", name="result"),
        CheckConstraint("quality between 0 and 100", name="quality"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    place: Mapped[str]
    check_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str]
    modality: Mapped[str]
    samples: Mapped[int] = mapped_column(SmallInteger())
    result: Mapped[str]
    code: Mapped[str | None]
    ratio: Mapped[float | None]
    quality: Mapped[int | None] = mapped_column(SmallInteger())
    policy: Mapped[int] = mapped_column(SmallInteger())
    at: Mapped[dt.datetime] = mapped_column(index=True)


class CounterCheckRow(Base):
    """An officer asks whether the person who stands there is the one of a number. `tries` are the captures so far.

    Decided at most once: `outcome` is `match`, or `no_match` when no try is left.
    """

    __tablename__ = "counter_check"
    __table_args__ = (
        CheckConstraint("outcome in ('match', 'no_match')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="decided"),
        Index("ix_counter_check_officer_id", "officer_id", postgresql_where=text("outcome is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    officer_id: Mapped[uuid.UUID]
    centre_id: Mapped[uuid.UUID]
    purpose: Mapped[str]
    opened_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(SmallInteger())
    outcome: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
