"""Stored sessions and the devices a person is known on."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["DeviceRow", "SessionRow"]


class SessionRow(Base):
    """One browser's signed-in session.

    The cookie's secret is stored as a digest and changes at sign-in and step-up. `idle_seconds`: it ends after so long
    without a request, where that is less than others may.
    """

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_open", "subscriber_id", postgresql_where=text("ended_at is null")),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    secret_digest: Mapped[bytes] = mapped_column(unique=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    device_id: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    authenticated_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    aal: Mapped[int] = mapped_column(SmallInteger())
    amr: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    user_agent: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str | None]
    idle_seconds: Mapped[int | None]


class DeviceRow(Base):
    """A browser on which this person completed a sign-in; it has a guessing budget of its own."""

    __tablename__ = "known_device"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    secret_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    user_agent: Mapped[str] = mapped_column(server_default="")
