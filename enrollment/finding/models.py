"""Stored searches: who looked, why, and whom it found. What was typed is sealed under the key of whoever typed it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, SmallInteger, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["PeopleSearchRow"]


class PeopleSearchRow(Base):
    """A search. `hits` are the people on its page, in order; `complete` is false when more fitted than are shown.

    Its page closes at `expires_at`; the row goes after a day, for which it counts for the searcher's limit.
    """

    __tablename__ = "people_search"
    __table_args__ = (
        CheckConstraint("looked >= 0", name="looked"),
        Index("ix_people_search_searcher_id_at", "searcher_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    searcher_id: Mapped[uuid.UUID]
    centre_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    expires_at: Mapped[dt.datetime]
    hits: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    complete: Mapped[bool]
    looked: Mapped[int] = mapped_column(SmallInteger())
    sealed: Mapped[bytes]
