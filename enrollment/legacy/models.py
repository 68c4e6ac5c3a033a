"""Stored imports: a file that is taken over, its rows as they were read, and the file itself until it was read.

Rows are sealed under the key of each row's person, also those that were not taken; the file under a key of ours.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ImportBatchRow", "ImportPieceRow", "ImportRowRow"]


class ImportBatchRow(Base):
    """One file with one mapping. `digest` is of both: the same file twice is one batch.

    `read` and `done` count rows that are stored and rows that were taken or left, so that a killed import goes on.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("state in ('columns', 'asked', 'reading', 'checked', 'taking', 'done', 'failed', 'discarded')",
                        name="state"),
        Index("uq_import_batch_digest", "digest", unique=True, postgresql_where=text("state <> 'discarded'")),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    state: Mapped[str]
    wishes: Mapped[dict[str, Any]]
    trouble: Mapped[str | None]
    by_id: Mapped[uuid.UUID | None]
    size: Mapped[int]
    rows: Mapped[int]
    read: Mapped[int]
    done: Mapped[int]
    stopped: Mapped[int]
    issued: Mapped[int]
    referred: Mapped[int]
    known: Mapped[int]
    made_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class ImportRowRow(Base):
    """A row. `legacy_blind` is the keyed digest of its old number: one person of a batch for each."""

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'stopped', 'issued', 'referred', 'known')", name="state"),
        Index("uq_import_row_legacy", "batch_id", "legacy_blind", unique=True,
              postgresql_where=text("legacy_blind is not null")),
        Index("ix_import_row_of_row", "batch_id", "of_row"),
        Index("ix_import_row_waiting", "batch_id", "row", postgresql_where=text("state = 'waiting'")),
        Index("ix_import_row_sealed", "batch_id", postgresql_where=text("sealed is not null")),
        Index("ix_import_row_referred", "aid", postgresql_where=text("state = 'referred'")),
    )  # fmt: skip

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(TEXT()))
    of_row: Mapped[int | None]
    subject_key_id: Mapped[uuid.UUID]
    legacy_blind: Mapped[bytes | None]
    sealed: Mapped[bytes | None]
    aid: Mapped[str | None]
    person_id: Mapped[uuid.UUID | None]


class ImportPieceRow(Base):
    """A piece of a file that was brought by a page, sealed; removed once its rows are stored."""

    __tablename__ = "import_piece"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
