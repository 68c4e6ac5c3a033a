"""Stored searches for duplicates, and whom they named. References and figures only; figures are for nobody's eyes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["HitRow", "SearchRow"]


class SearchRow(Base):
    """A search for one application. `attempt` is the version at which the application was validated."""

    __tablename__ = "dedup_search"
    __table_args__ = (
        CheckConstraint("outcome in ('clear', 'refer')", name="outcome"),
        CheckConstraint("(ended_at is null) = (outcome is null)", name="ended"),
    )

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[dt.datetime]
    entered: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    people: Mapped[int | None]
    review: Mapped[float | None] = mapped_column(Float)
    policy: Mapped[int] = mapped_column(SmallInteger())


class HitRow(Base):
    """Somebody whom a search named: a person of the register, or an application that has none yet.

    `ratio` and `parts` are what faces and fingers say (natural logarithms), `demographic` what the name says.
    """

    __tablename__ = "dedup_hit"
    __table_args__ = (
        ForeignKeyConstraint(["aid", "attempt"], ["dedup_search.aid", "dedup_search.attempt"]),
        CheckConstraint("person_id is not null or candidate is not null", name="somebody"),
        CheckConstraint("why in ('compared', 'demographic', 'both', 'damaged', 'unlike')", name="why"),
    )

    aid: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    candidate: Mapped[str | None]
    why: Mapped[str]
    ratio: Mapped[float | None] = mapped_column(Float)
    parts: Mapped[dict[str, Any]]
    demographic: Mapped[float | None] = mapped_column(Float)
