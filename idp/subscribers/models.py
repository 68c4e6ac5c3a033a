"""Stored people: sealed personal fields, life-cycle state, and blind search tokens."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["SearchTokenRow", "SubscriberRow"]


class SubscriberRow(Base):
    """A person with an account; who it is lies in `sealed` (key: `person_key`, purpose identity).

    `policy_group` says which authenticators are asked for. From `changes_locked_at` until `changes_locked_until`
    nothing may be changed about how this person signs in or is reached; whoever shows more may set a new password
    (`idp.subscribers.hold`).

    `username_blind` is the HMAC of the user name's skeleton: unique, and useless without the blind-index key.
    """

    __tablename__ = "subscriber"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'active', 'suspended', 'deceased', 'closed', 'erased')", name="state"),
        CheckConstraint("ial between 1 and 3", name="ial"),
        CheckConstraint("policy_group in ('citizen', 'staff')", name="policy_group"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    ial: Mapped[int] = mapped_column(SmallInteger())
    username_blind: Mapped[bytes | None] = mapped_column(unique=True)
    sealed: Mapped[bytes | None]
    locale: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    state_changed_at: Mapped[dt.datetime]
    policy_group: Mapped[str] = mapped_column(server_default="citizen")
    changes_locked_until: Mapped[dt.datetime | None]
    changes_locked_at: Mapped[dt.datetime | None]


class SearchTokenRow(Base):
    """A blind token under which a person can be found by an exact field; many people may share one."""

    __tablename__ = "subscriber_search_token"
    __table_args__ = (Index("ix_subscriber_search_token_lookup", "field", "token"),)

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)
