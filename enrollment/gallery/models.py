"""Stored galleries: which templates are searched, the last change, how far indexes are, and the keys of epochs."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["GalleryChangeRow", "GalleryEntryRow", "GalleryEpochRow", "GalleryIndexRow"]


class GalleryEntryRow(Base):
    """A template that is searched, or was. `subject_id` names whose it is in every index: the owner of the keys.

    `person_id` is null until there is one. `object_id` may be gone: captures of a round that begins again are dropped.
    `added` and `removed` are numbers of changes, in the order of commits.
    """

    __tablename__ = "gallery_entry"
    __table_args__ = (
        CheckConstraint("modality in ('face', 'finger')", name="modality"),
        CheckConstraint("position between 0 and 10 and (position = 0) = (modality = 'face')", name="position"),
        CheckConstraint("(removed is null) = (removed_at is null) and removed > added", name="removal"),
        Index(
            "uq_gallery_entry_active",
            "subject_id",
            "position",
            "impression",
            unique=True,
            postgresql_where=text("removed is null"),
        ),
        Index("ix_gallery_entry_removed", "removed", postgresql_where=text("removed is not null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    aid: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    modality: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger())
    impression: Mapped[int] = mapped_column(SmallInteger())
    engine: Mapped[str]
    object_id: Mapped[uuid.UUID] = mapped_column(index=True)
    added: Mapped[int] = mapped_column(BigInteger, index=True)
    added_at: Mapped[dt.datetime]
    removed: Mapped[int | None] = mapped_column(BigInteger)
    removed_at: Mapped[dt.datetime | None]


class GalleryChangeRow(Base):
    """How many changes there were. Whoever makes one holds the row until the commit, so numbers follow commits."""

    __tablename__ = "gallery_change"

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class GalleryIndexRow(Base):
    """How far a worker's index of these engines was at that time, while it was kept ready for a change."""

    __tablename__ = "gallery_index"

    place: Mapped[str] = mapped_column(primary_key=True)
    engines: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    reached: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[dt.datetime]


class GalleryEpochRow(Base):
    """The secret of an epoch, sealed; null once it is destroyed, and copies of indexes of that epoch are of no use."""

    __tablename__ = "gallery_epoch"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes | None]
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
