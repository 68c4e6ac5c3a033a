"""Stored events of people's lives in the register, what services are told of them, guardians, and calls to come."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ChildCallRow", "LifeEventRow", "RelationRow", "ServiceEventRow", "ToldFactRow"]


class LifeEventRow(Base):
    """Something that happens to a record: asked for by one registrar, decided by another.

    `details` hold references only: what must be put back where the event is undone. `undoes` names the event that this
    one takes back; of every event at most one can be done that does.
    """

    __tablename__ = "life_event"
    __table_args__ = (
        CheckConstraint("kind in ('death', 'death_undone', 'merge', 'split')", name="kind"),
        CheckConstraint("state in ('asked', 'done', 'refused', 'withdrawn', 'undone')", name="state"),
        CheckConstraint("other_id <> person_id", name="two"),
        CheckConstraint("decided_by <> asked_by", name="four_eyes"),
        Index("ix_life_event_person_id", "person_id"),
        Index("ix_life_event_other_id", "other_id"),
        Index("uq_life_event_asked", "kind", "person_id", unique=True, postgresql_where=text("state = 'asked'")),
        Index("uq_life_event_undoes", "undoes", unique=True, postgresql_where=text("state = 'done'")),
        Index("uq_life_event_aid", "aid", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    undoes: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("life_event.id"))
    aid: Mapped[str | None]
    ground: Mapped[str]
    details: Mapped[dict[str, Any]]
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
    undo_until: Mapped[dt.datetime | None]


class ServiceEventRow(Base):
    """What one service is told of one person, by the name under which it knows them; `other_subject` goes with a merge.

    `consent_id` (of `other_subject`: `other_consent_id`) is the consent by which it is told: where that and every later
    one of the same person and service is over, it is told of nothing but an erasure. Nothing here says who the person
    is: it outlives an erasure, so that the service hears of it.
    """

    __tablename__ = "service_event"
    __table_args__ = (
        Index("ix_service_event_waiting", "client_id", "id", postgresql_where=text("taken_at is null")),
        Index("ix_service_event_at", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("client.client_id"))
    subject: Mapped[str]
    consent_id: Mapped[uuid.UUID | None]
    other_subject: Mapped[str | None]
    other_consent_id: Mapped[uuid.UUID | None]
    change: Mapped[str]
    at: Mapped[dt.datetime]
    taken_at: Mapped[dt.datetime | None]


class RelationRow(Base):
    """Who is whose guardian, from a day until it ended."""

    __tablename__ = "relation"
    __table_args__ = (
        CheckConstraint("kind in ('guardian')", name="kind"),
        CheckConstraint("other_id <> person_id", name="two"),
        Index("ix_relation_other_id", "other_id"),
        Index(
            "uq_relation_now", "person_id", "other_id", "kind", unique=True, postgresql_where=text("ended_at is null")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    made_by: Mapped[uuid.UUID]
    made_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class ChildCallRow(Base):
    """That a child is to come again at this age. `month` is a keyed digest: the birthday cannot be read from it."""

    __tablename__ = "child_call"
    __table_args__ = (
        CheckConstraint("age in (5, 15)", name="age"),
        Index("ix_child_call_month", "month", postgresql_where=text("called_at is null")),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    age: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    month: Mapped[bytes]
    called_at: Mapped[dt.datetime | None]


class ToldFactRow(Base):
    """The one fact that somebody told who lost their number, as a keyed digest: compared, and never read again."""

    __tablename__ = "told_fact"

    aid: Mapped[str] = mapped_column(ForeignKey("enrol_application.aid"), primary_key=True)
    field: Mapped[str]
    digest: Mapped[bytes]
    saved_by: Mapped[uuid.UUID]
    saved_at: Mapped[dt.datetime]
