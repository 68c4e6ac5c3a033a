"""Stored consents, in the published record shape (docs/architecture.md, "Consent record")."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ConsentRow"]


class ConsentRow(Base):
    """One decision: who (`citizen_id`) lets whom (`consumer_id`) see what (`data_scope`), why, until when.

    `data_scope` is {providers, fields}.
    `asked_fields` and `asked_scopes` are what the screen offered, so that a declined field is not asked again
    and a wider request is. `client_fingerprint` changes with the client's redirect URIs, scopes and purpose:
    then it is asked anew. Rows are history; exactly one per person and client is `active`.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("status in ('active', 'replaced', 'withdrawn', 'expired')", name="status"),
        Index(
            "uq_consent_active",
            "citizen_id",
            "consumer_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
    )

    consent_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id"))
    consumer_id: Mapped[str] = mapped_column(ForeignKey("client.client_id"))
    data_scope: Mapped[dict[str, Any]]
    purpose: Mapped[str]
    granted_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    status: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    asked_scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    asked_fields: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    client_fingerprint: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
