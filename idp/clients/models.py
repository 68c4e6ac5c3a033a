"""Stored relying parties and resource servers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ClientRow", "ResourceServerRow"]


class ClientRow(Base):
    """A relying party. `metadata_` is whole and validated: RFC 7591 names and our own.

    `origins` repeats the origins that may call with CORS, so that one indexed look-up answers a preflight.
    """

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("state in ('enabled', 'disabled')", name="state"),
        Index("ix_client_origins", "origins", postgresql_using="gin"),
    )

    client_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    secret_digest: Mapped[bytes | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class ResourceServerRow(Base):
    """An API that accepts our access tokens, by audience (RFC 8707); `client_ids` may introspect for it."""

    __tablename__ = "resource_server"

    audience: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    client_ids: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    created_at: Mapped[dt.datetime]
