"""Stored cases of adjudicators and what they answered: references and closed words, nothing of a person."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["AdjudicationRow", "VoteRow"]


class AdjudicationRow(Base):
    """One round about an application: `version` is the one at which it came. `known`: a decided one, shown once more.

    `truth` is what was decided then. `rank` names the candidate who is the applicant, where one is. `since` is what
    the list says, `opened_at` when the row was written.
    """

    __tablename__ = "adj_case"
    __table_args__ = (
        CheckConstraint("stage in ('vote', 'lead')", name="stage"),
        CheckConstraint("(outcome is null) = (closed_at is null)", name="closed"),
        CheckConstraint("known = (truth is not null)", name="truth"),
        Index("uq_adj_case_round", "aid", "version", unique=True, postgresql_where=text("not known")),
        Index("ix_adj_case_open", "since", postgresql_where=text("outcome is null")),
        Index("ix_adj_case_aid", "aid"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"))
    version: Mapped[int]
    known: Mapped[bool]
    appeal: Mapped[bool]
    stage: Mapped[str]
    since: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    rank: Mapped[int | None] = mapped_column(SmallInteger())
    closed_by: Mapped[uuid.UUID | None]
    closed_at: Mapped[dt.datetime | None]
    truth: Mapped[dict[str, Any] | None]


class VoteRow(Base):
    """What one person answered. Seats 1 and 2 are of those who vote unseen by each other, 3 of whoever leads."""

    __tablename__ = "adj_vote"
    __table_args__ = (
        CheckConstraint("seat between 1 and 3", name="seat"),
        UniqueConstraint("case_id", "voter_id"),
        Index("ix_adj_vote_voter_id_aid", "voter_id", "aid"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("adj_case.id"), primary_key=True)
    seat: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False)
    aid: Mapped[str]
    voter_id: Mapped[uuid.UUID]
    votes: Mapped[dict[str, Any]]
    cast_at: Mapped[dt.datetime]
