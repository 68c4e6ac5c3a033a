"""Stored people, the versions of what is recorded of them, what their names are found by, and their numbers."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["IdentifierRow", "NameKeyRow", "PersonAccountRow", "PersonRow", "PersonVersionRow"]


class PersonRow(Base):
    """A person of the register. `id` never leaves the house; `subject_key_id` names the keys that seal what is theirs.

    A merged person points to the one that goes on (`merged_into`); nobody is ever removed.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("status in ('active', 'suspended', 'deceased', 'merged', 'erased')", name="status"),
        CheckConstraint("ial between 1 and 3", name="ial"),
        CheckConstraint("(status = 'merged') = (merged_into is not null)", name="merged"),
        CheckConstraint("merged_into <> id", name="not_itself"),
        Index("ix_person_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject_key_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    status: Mapped[str]
    ial: Mapped[int] = mapped_column(SmallInteger())
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]
    status_changed_at: Mapped[dt.datetime]


class PersonVersionRow(Base):
    """What was recorded of a person from `valid_from` until `valid_until`, sealed; of every person one holds now."""

    __tablename__ = "person_version"
    __table_args__ = (
        Index("ix_person_version_current", "person_id", unique=True, postgresql_where=text("valid_until is null")),
        CheckConstraint("n > 0", name="n"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes | None]
    aid: Mapped[str | None]
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime | None]


class NameKeyRow(Base):
    """The keyed digests under which the names of a person are looked for, of every version; see ADR 0014."""

    __tablename__ = "name_key"
    # Without a list of pending entries, which every search would read through.
    __table_args__ = (
        Index("ix_name_key_digests", "digests", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix_name_key_old", "person_id", postgresql_where=text("scheme < 2")),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    scheme: Mapped[int] = mapped_column(SmallInteger())
    digests: Mapped[list[int]] = mapped_column(ARRAY(BigInteger()))


class IdentifierRow(Base):
    """A number of a person: national, legacy or alias. `sealed` shows it again, `blind` finds it; neither is readable.

    A row is never removed and its `blind` never freed: no number is given a second time.
    """

    __tablename__ = "identifier"
    __table_args__ = (
        UniqueConstraint("type", "blind"),
        Index("ix_identifier_person_id", "person_id"),
        Index(
            "ix_identifier_one_nin",
            "person_id",
            unique=True,
            postgresql_where=text("type = 'nin' and status = 'active'"),
        ),
        CheckConstraint("type in ('nin', 'legacy', 'alias')", name="type"),
        CheckConstraint("status in ('active', 'retired', 'revoked', 'spent')", name="status"),
        CheckConstraint("(type = 'alias') = (kind is not null)", name="kind"),
        CheckConstraint("kind in ('once', 'temporary', 'perpetual')", name="kinds"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    type: Mapped[str]
    kind: Mapped[str | None]
    sealed: Mapped[bytes | None]
    blind: Mapped[bytes]
    status: Mapped[str]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class PersonAccountRow(Base):
    """An account of a person. After a merge a person may have several; an account never changes its person."""

    __tablename__ = "person_account"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    linked_at: Mapped[dt.datetime]
