"""Stored authenticators and the durable counters of guesses."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["PasswordRow", "ThrottleRow", "TotpRow"]


class PasswordRow(Base):
    """A person's password as an argon2id string."""

    __tablename__ = "password"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[dt.datetime]


class TotpRow(Base):
    """A TOTP authenticator: secret sealed with the person's key, and the last step accepted."""

    __tablename__ = "totp"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int | None] = mapped_column(BigInteger())
    created_at: Mapped[dt.datetime]


class ThrottleRow(Base):
    """Guesses at one factor of one subject from one kind of device.

    `subject` is an HMAC of the identifier typed (known person or not), `bucket` is `unknown` or a known
    device's id.
    """

    __tablename__ = "throttle"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    factor: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    window_started_at: Mapped[dt.datetime]
    blocked_until: Mapped[dt.datetime | None]
