"""Stored keys. Nothing here is readable without the root key, except public halves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["PersonKeyRow", "PurposeKeyRow", "SigningKeyRow"]


class SigningKeyRow(Base):
    """A signing key pair. Its state follows from its moments; see `idp.keys.rotation`."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("algorithm in ('RS256', 'PS256', 'ES256', 'EdDSA')", name="algorithm"),
        CheckConstraint("(sealed_private is null) = (destroyed_at is not null)", name="destroyed"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    sealed_private: Mapped[bytes | None]
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    activate_at: Mapped[dt.datetime]
    retire_at: Mapped[dt.datetime | None]
    withdraw_at: Mapped[dt.datetime | None]
    destroyed_at: Mapped[dt.datetime | None]


class PurposeKeyRow(Base):
    """A 256-bit key for one purpose, wrapped by the root key."""

    __tablename__ = "purpose_key"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    created_at: Mapped[dt.datetime]


class PersonKeyRow(Base):
    """A 256-bit key for one person and purpose, wrapped by the purpose's key. Destroying it erases what it sealed."""

    __tablename__ = "person_key"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    purpose_version: Mapped[int]
    wrapped: Mapped[bytes]
    created_at: Mapped[dt.datetime]
