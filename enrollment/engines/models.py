"""Stored work on engines: samples that one could not use, and what one would have said of the same comparisons."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["EngineMissRow", "EngineShadowRow"]


class EngineMissRow(Base):
    """A sample that an engine made no template of, why, and how often it was asked."""

    __tablename__ = "engine_miss"

    engine_id: Mapped[str] = mapped_column(ForeignKey("bio_engine.id"), primary_key=True)
    sample_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("bio_sample.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    code: Mapped[str]
    about: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger())
    at: Mapped[dt.datetime]


class EngineShadowRow(Base):
    """A comparison that counted, by engine `used`, and what engine `engine_id` would have said of it.

    `log_id` is its line in `verify_log`, with which this one goes. Ratios are each on their engine's own calibration.
    `said` is `untried` where nothing was compared: no templates of this engine, or a probe of the other's making.
    """

    __tablename__ = "engine_shadow"
    __table_args__ = (
        CheckConstraint("modality in ('face', 'finger')", name="modality"),
        CheckConstraint("counted in ('match', 'no_match')", name="counted"),
        CheckConstraint("said in ('match', 'no_match', 'again', 'refused', 'untried')", name="said"),
    )

    log_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("verify_log.id", ondelete="CASCADE"), primary_key=True)
    engine_id: Mapped[str] = mapped_column(ForeignKey("bio_engine.id"), primary_key=True)
    used: Mapped[str]
    modality: Mapped[str]
    counted: Mapped[str]
    said: Mapped[str]
    code: Mapped[str | None]
    counted_ratio: Mapped[float]
    said_ratio: Mapped[float | None]
    at: Mapped[dt.datetime] = mapped_column(index=True)
