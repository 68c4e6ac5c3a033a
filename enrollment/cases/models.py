"""Stored applications. Nothing readable of a person stands in any row: sections are sealed, the rest are references.

Who did something is named without a foreign key: what was done outlives an account that is erased.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = [
    "ApplicationRow",
    "ConsentRow",
    "DeviceRow",
    "EventRow",
    "ExceptionRow",
    "KinRow",
    "ReplyRow",
    "SectionRow",
    "TellingRow",
    "VouchRow",
]


class ApplicationRow(Base):
    """An application. `version` counts its transitions, one row of `enrol_event` for each."""

    __tablename__ = "enrol_application"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(state = 'held') = (held_from is not null)", name="held"),
        Index("ix_enrol_application_centre_id_state", "centre_id", "state"),
        Index("ix_enrol_application_state_due_at", "state", "due_at"),
    )

    aid: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    centre_id: Mapped[uuid.UUID | None]
    station_id: Mapped[uuid.UUID | None]
    officer_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subscriber_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject_key_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    searched: Mapped[bool]
    held_from: Mapped[str | None]
    tries: Mapped[int]
    packet_number: Mapped[int | None]
    packet_digest: Mapped[bytes | None]
    opened_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]


class SectionRow(Base):
    """A section of an application. `sealed` is JSON under the key of the application's subject; null while empty."""

    __tablename__ = "enrol_section"
    __table_args__ = (
        CheckConstraint("status in ('empty', 'partial', 'ok', 'flagged')", name="status"),
        CheckConstraint("version >= 0", name="version"),
    )

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    version: Mapped[int]
    sealed: Mapped[bytes | None]
    flag: Mapped[str | None]
    savers: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    saved_at: Mapped[dt.datetime | None]


class EventRow(Base):
    """A transition. `n` is the version that it led to: no number is missing and none is there twice."""

    __tablename__ = "enrol_event"
    __table_args__ = (UniqueConstraint("aid", "n"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"))
    n: Mapped[int]
    event: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    hand: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime] = mapped_column(index=True)


class ConsentRow(Base):
    """That the applicant agreed to the capture: to which text, in which language, and how it was said."""

    __tablename__ = "enrol_consent"
    __table_args__ = (CheckConstraint("how in ('signed', 'spoken', 'guardian')", name="how"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), index=True)
    text_version: Mapped[str]
    language: Mapped[str]
    how: Mapped[str]
    taken_by: Mapped[uuid.UUID]
    given_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]


class ExceptionRow(Base):
    """Why a position cannot be captured. It counts once there is a photograph, or a supervisor gave their word."""

    __tablename__ = "enrol_exception"
    __table_args__ = (
        CheckConstraint("reason in ('missing', 'injured', 'worn', 'deformed', 'child', 'medical')", name="reason"),
        CheckConstraint("not permanent or recall_on is null", name="recall"),
    )

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    position: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    permanent: Mapped[bool]
    recall_on: Mapped[dt.date | None]
    photo_id: Mapped[uuid.UUID | None]
    noted_by: Mapped[uuid.UUID]
    noted_at: Mapped[dt.datetime]
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[dt.datetime | None]


class VouchRow(Base):
    """That an introducer, by their own factor, vouched for the applicant."""

    __tablename__ = "enrol_vouch"
    __table_args__ = (Index("ix_enrol_vouch_introducer_id_at", "introducer_id", "at"),)

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    introducer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    relation: Mapped[str]
    at: Mapped[dt.datetime]


class KinRow(Base):
    """That an account belongs to the applicant, or to somebody of the applicant's household."""

    __tablename__ = "enrol_kin"

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    relation: Mapped[str]


class ReplyRow(Base):
    """What was answered to a request under its idempotency key. Never seen without its reply but by its own writer."""

    __tablename__ = "enrol_reply"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    reply: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class TellingRow(Base):
    """What the applicant was told last, and when: `n` is the number of the event that it was about."""

    __tablename__ = "enrol_telling"

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    n: Mapped[int]
    at: Mapped[dt.datetime]


class DeviceRow(Base):
    """A station's part in the numbers of applications, and how many packets were closed at it, without a gap."""

    __tablename__ = "enrol_device"

    station_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(start=0, minvalue=0), unique=True)
    counter: Mapped[int]
    packets: Mapped[int]
