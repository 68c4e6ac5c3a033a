"""Stored galleries: which templates are searched, the number of the last change, and the keys of epochs."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["GalleryChangeRow", "GalleryEntryRow", "GalleryEpochRow"]


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


class GalleryEpochRow(Base):
    """The secret of an epoch, sealed; null once it is destroyed, and copies of indexes of that epoch are of no use."""

    __tablename__ = "gallery_epoch"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes | None]
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
