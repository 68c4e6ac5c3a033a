"""Stored divisions, centres, stations, and what staff may do where and when."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = [
    "ApprovalRow",
    "CentreRow",
    "DivisionRow",
    "FoundingRow",
    "HandOverRow",
    "PostingRow",
    "StaffRoleRow",
    "StationRow",
]

ROLES = (
    "role in ('officer', 'supervisor', 'adjudicator', 'registrar', 'support', 'security', 'client_manager',"
    " 'operator', 'admin', 'auditor', 'introducer')"
)


class DivisionRow(Base):
    """A part of the country. `aliases` are other names and spellings under which people look for it."""

    __tablename__ = "division"
    __table_args__ = (
        CheckConstraint("level in ('region', 'district', 'chiefdom')", name="level"),
        CheckConstraint("(level = 'region') = (parent is null)", name="parent"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    name: Mapped[str]
    parent: Mapped[str | None] = mapped_column(ForeignKey("division.code"), index=True)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text()))


class CentreRow(Base):
    """A registration centre. What is done at one for `training` never reaches the register."""

    __tablename__ = "centre"
    __table_args__ = (CheckConstraint("status in ('open', 'closed')", name="status"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    division_code: Mapped[str] = mapped_column(ForeignKey("division.code"), index=True)
    status: Mapped[str]
    training: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[dt.datetime]


class StationRow(Base):
    """A capture station. `public_key` is the P-256 point (SEC 1, uncompressed); `key_id` its RFC 7638 thumbprint.

    `code` has the signs of application numbers, so that it can begin those made there. `last_seq` is the last packet
    taken; numbers have no gap. A revoked station keeps its row: neither its key nor its code is ever taken again.
    """

    __tablename__ = "station"
    __table_args__ = (
        CheckConstraint("status in ('active', 'revoked')", name="status"),
        CheckConstraint("(status = 'revoked') = (revoked_at is not null)", name="revoked_at"),
        CheckConstraint("last_seq >= 0", name="last_seq"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    name: Mapped[str]
    public_key: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    last_seq: Mapped[int] = mapped_column(BigInteger())
    added_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_for: Mapped[str | None]


class ApprovalRow(Base):
    """That somebody asks for a role for somebody else, which a second person decides."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(ROLES, name="role"),
        CheckConstraint("state in ('waiting', 'approved', 'declined', 'withdrawn', 'over')", name="state"),
        CheckConstraint("asked_by <> subject_id", name="not_for_oneself"),
        CheckConstraint(
            "state <> 'approved' or (decided_by <> asked_by and decided_by <> subject_id)", name="four_eyes"
        ),
        Index("uq_approval_waiting", "subject_id", "role", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    role: Mapped[str]
    until: Mapped[dt.datetime | None]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    state: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscriber.id"))
    decided_at: Mapped[dt.datetime | None]


class StaffRoleRow(Base):
    """A role somebody holds from `granted_at` until `until` or `ended_at`; by an approval, or by the founding."""

    __tablename__ = "staff_role"
    __table_args__ = (
        CheckConstraint(ROLES, name="role"),
        CheckConstraint("approval_id is not null or until is not null", name="founding_ends"),
        Index("ix_staff_role_standing", "subscriber_id", postgresql_where=text("ended_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    role: Mapped[str]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval.id"), unique=True)
    granted_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None]


class PostingRow(Base):
    """That somebody works at a centre from `first_day` to `last_day`, both included, or until `ended_at`.

    `posted_by` and `ended_by` are `Actor.reference`. Nobody has two on one day: whoever writes one holds the
    person's row.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_posting_person", "subscriber_id", "last_day"),
        Index("ix_posting_centre", "centre_id", "last_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("station.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    posted_by: Mapped[str]
    posted_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None]


class HandOverRow(Base):
    """That one officer hands work and station to another on `day`. The newest taken one says who has the station."""

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint("state in ('offered', 'taken', 'declined', 'withdrawn', 'over')", name="state"),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
        Index("uq_hand_over_offered", "giver_id", unique=True, postgresql_where=text("state = 'offered'")),
        Index("ix_hand_over_giver", "giver_id", "day"),
        Index("ix_hand_over_taker", "taker_id", "day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("station.id"))
    giver_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    taker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    day: Mapped[dt.date]
    offered_by: Mapped[str]
    offered_at: Mapped[dt.datetime]
    state: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
    cases: Mapped[int | None]


class FoundingRow(Base):
    """One of the two founders of a ceremony. A ceremony is `open` until both used their codes, or it was stopped."""

    __tablename__ = "founding"
    __table_args__ = (
        CheckConstraint("slot in (1, 2)", name="slot"),
        CheckConstraint("state in ('open', 'complete', 'stopped')", name="state"),
        CheckConstraint("state <> 'complete' or redeemed_at is not null", name="both_redeemed"),
        Index("uq_founding_open", "slot", unique=True, postgresql_where=text("state = 'open'")),
    )

    ceremony_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    code_digest: Mapped[bytes]
    started_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    tries: Mapped[int]
    state: Mapped[str]
    redeemed_at: Mapped[dt.datetime | None]
