"""Stored erasures: asked for, stopped, or carried out with their proof."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ErasureRow", "KeptErasureRow"]


class ErasureRow(Base):
    """That something of a person is to be erased at `due_at`, and what became of it; one waits at a time.

    `material` lists what was destroyed, by identifiers and digests; `proof` is a signed statement about it.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index("uq_erasure_open", "person_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_erasure_due_at", "due_at", postgresql_where=text("ended_at is null")),
        CheckConstraint("scope in ('body', 'record')", name="scope"),
        CheckConstraint("ground in ('consent_withdrawn', 'court_order', 'entered_in_error', 'law')", name="ground"),
        CheckConstraint("outcome in ('stopped', 'declined', 'done', 'void')", name="outcome"),
        CheckConstraint("(ended_at is null) = (outcome is null)", name="ended"),
        CheckConstraint("(outcome is not distinct from 'done') = (proof is not null)", name="proof"),
        CheckConstraint("approved_by <> asked_by", name="four_eyes"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[str]
    ground: Mapped[str]
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[dt.datetime]
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None]
    material: Mapped[dict[str, Any] | None]
    proof: Mapped[str | None]


class KeptErasureRow(Base):
    """That the entry of an erasure, or of a closing, lies in the object store, apart from the database."""

    __tablename__ = "erasure_kept"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kept_at: Mapped[dt.datetime]
