"""Stored figures: how often something happened on a day, and how far counting has come. Nobody can be read off them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["TallyCaseRow", "TallyMarkRow", "TallyRow"]


class TallyRow(Base):
    """Something that happened `count` times on a day; `total` is the sum of what was measured (minutes, quality).

    No application and no person is named. `sex`, `age` and `division` are empty where they are not known. What days
    that are over had is one row on the first of their month (`whole`): not even the order of rows tells anything.
    """

    __tablename__ = "tally"
    __table_args__ = (
        CheckConstraint("count > 0", name="count"),
        Index("ix_tally_day_measure", "day", "measure"),
        Index("ix_tally_centre_id_day", "centre_id", "day"),
        Index("ix_tally_loose", "day", postgresql_where=text("not whole")),
    )

    id: Mapped[int] = mapped_column(BigInteger(), Identity(), primary_key=True)
    day: Mapped[dt.date]
    centre_id: Mapped[uuid.UUID | None]
    measure: Mapped[str]
    name: Mapped[str]
    sex: Mapped[str]
    age: Mapped[str]
    division: Mapped[str]
    count: Mapped[int]
    total: Mapped[float]
    whole: Mapped[bool]


class TallyCaseRow(Base):
    """How many events of an application are counted."""

    __tablename__ = "tally_case"

    aid: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]


class TallyMarkRow(Base):
    """Up to which moment a counter has read. Whoever counts holds the row."""

    __tablename__ = "tally_mark"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
