"""Stored captures: samples that are kept, every try with its figures, templates, documents, and checks for mix-ups."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AttemptRow", "CheckRow", "DocumentRow", "EngineRow", "SampleRow", "TemplateRow"]


class SampleRow(Base):
    """An image of a face or a finger that is kept; `attempt` is the number of its try.

    At most one of a position and impression is the best. `flag` says that it is not what it is called, with the
    position that it is or repeats in `flag_position`. `digest` is a keyed one of the image as it came.
    """

    __tablename__ = "bio_sample"
    __table_args__ = (
        CheckConstraint("quality between 0 and 100", name="quality"),
        CheckConstraint("flag in ('repeat', 'wrong-hand', 'misplaced')", name="flag"),
        Index(
            "uq_bio_sample_best",
            "aid",
            "position",
            "impression",
            unique=True,
            postgresql_where=text("best"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    position: Mapped[str]
    impression: Mapped[int]
    attempt: Mapped[int]
    object_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_object.id"))
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    ppi: Mapped[int | None]
    device: Mapped[str]
    captured_at: Mapped[dt.datetime]
    captured_by: Mapped[uuid.UUID]
    quality: Mapped[int]
    algorithm: Mapped[str]
    accepted: Mapped[bool]
    best: Mapped[bool]
    digest: Mapped[bytes]
    flag: Mapped[str | None]
    flag_position: Mapped[str | None]


class AttemptRow(Base):
    """One capture: figures only, which stay when its image is dropped.

    `number` is null where it was no try (nothing could be judged); `counts` ends when captures begin again.
    """

    __tablename__ = "capture_attempt"
    __table_args__ = (
        Index(
            "uq_capture_attempt_number",
            "aid",
            "position",
            "impression",
            "number",
            unique=True,
            postgresql_where=text("counts"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(index=True)
    position: Mapped[str]
    impression: Mapped[int]
    counts: Mapped[bool]
    number: Mapped[int | None]
    quality: Mapped[int | None]
    accepted: Mapped[bool]
    code: Mapped[str | None]
    hints: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    algorithm: Mapped[str]
    device: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID]


class TemplateRow(Base):
    """A template of a sample, as one engine made it. The bytes lie in the object store.

    `changed` is the number of the gallery's change by which indexes hear of it, where it came after its sample.
    """

    __tablename__ = "bio_template"
    __table_args__ = (
        UniqueConstraint("sample_id", "engine", "format"),
        Index("ix_bio_template_changed", "engine", "changed", postgresql_where=text("changed is not null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sample_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bio_sample.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    engine: Mapped[str]
    format: Mapped[str]
    object_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_object.id"), index=True)
    created_at: Mapped[dt.datetime]
    changed: Mapped[int | None] = mapped_column(BigInteger)


class EngineRow(Base):
    """An engine and where it stands: at most one of a modality is active. Without any, the one of the program is.

    `id` is what its templates carry. `active_until` is when it was active last, for a back-out.
    """

    __tablename__ = "bio_engine"
    __table_args__ = (
        CheckConstraint("modality in ('face', 'finger')", name="modality"),
        CheckConstraint("status in ('candidate', 'shadow', 'active', 'retired')", name="status"),
        Index("uq_bio_engine_active", "modality", unique=True, postgresql_where=text("status = 'active'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    modality: Mapped[str]
    status: Mapped[str]
    added_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    active_until: Mapped[dt.datetime | None]


class DocumentRow(Base):
    """A page of a document, photographed or scanned. What it says stands in the sealed section, not here."""

    __tablename__ = "enrol_document"
    __table_args__ = (UniqueConstraint("aid", "digest"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    type: Mapped[str]
    object_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_object.id"))
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    captured_at: Mapped[dt.datetime]
    captured_by: Mapped[uuid.UUID]
    digest: Mapped[bytes]


class CheckRow(Base):
    """That the fingers of an application were compared with each other; `samples` is a digest of which ones."""

    __tablename__ = "capture_check"

    aid: Mapped[str] = mapped_column(primary_key=True)
    samples: Mapped[bytes]
    checked_at: Mapped[dt.datetime]
    findings: Mapped[int]
