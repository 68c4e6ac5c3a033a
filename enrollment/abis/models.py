"""Stored references of other systems: which, with which templates, how they changed, and what is asked of them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AbisChangeRow", "AbisGalleryRow", "AbisJobRow", "AbisReferenceRow", "AbisTemplateRow"]


class AbisGalleryRow(Base):
    """The gallery of one client, and how many changes it had. Whoever makes one holds the row until the commit."""

    __tablename__ = "abis_gallery"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class AbisChangeRow(Base):
    """A change of a gallery, in the order of commits. `subject_id` outlives its reference: indexes must hear of it."""

    __tablename__ = "abis_change"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject_id: Mapped[uuid.UUID]


class AbisReferenceRow(Base):
    """A reference of a client. `waiting`: it was asked for, and its templates are not made yet.

    `subject_id` owns the keys of its templates. `reference_id` is the client's own word, not one of ours.
    """

    __tablename__ = "abis_reference"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'held')", name="state"),
        UniqueConstraint("client_id", "reference_id", name="uq_abis_reference_client_id_reference_id"),
    )

    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    reference_id: Mapped[str]
    state: Mapped[str]
    made_at: Mapped[dt.datetime]


class AbisTemplateRow(Base):
    """A sealed template of a reference."""

    __tablename__ = "abis_template"
    __table_args__ = (CheckConstraint("position between 0 and 10", name="position"),)

    object_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("abis_reference.subject_id", ondelete="cascade"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger())
    impression: Mapped[int] = mapped_column(SmallInteger())
    quality: Mapped[int] = mapped_column(SmallInteger())
    engine: Mapped[str]


class AbisJobRow(Base):
    """Something a client asked for. `asked` and `answer` are sealed: an address in there is as good as a key.

    `asked` is empty once there is an answer.
    """

    __tablename__ = "abis_job"
    __table_args__ = (
        UniqueConstraint("client_id", "request_id", name="uq_abis_job_client_id_request_id"),
        CheckConstraint("(answered_at is null) = (answer is null)", name="answer"),
        Index("ix_abis_job_waiting", "client_id", postgresql_where=text("answered_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    request_id: Mapped[str]
    digest: Mapped[bytes]
    subject_id: Mapped[uuid.UUID | None]
    asked: Mapped[bytes]
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    answer: Mapped[bytes | None]
    answered_at: Mapped[dt.datetime | None]
