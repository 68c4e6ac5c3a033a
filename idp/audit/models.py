"""Audit rows: append only. The sealer that will give committed rows their leaf numbers reads `txid`."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from idp.database import Base

__all__ = ["AuditRow"]


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


class AuditRow(Base):
    """One event. `id` comes from the writer, so that repeating an unknown outcome cannot write it twice.

    `leaf` is the dense number in the Merkle tree (RFC 9162) that the sealer assigns; null until sealed.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(
            "ix_audit_event_subscriber_at", "subscriber_id", "at", postgresql_where=text("subscriber_id is not null")
        ),
        Index("ix_audit_event_unsealed", "txid", postgresql_where=text("leaf is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    event: Mapped[str]
    subscriber_id: Mapped[uuid.UUID | None]
    client_id: Mapped[str | None]
    session_id: Mapped[uuid.UUID | None]
    actor: Mapped[str | None]
    request_id: Mapped[str | None]
    body: Mapped[dict[str, Any]]
    txid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    leaf: Mapped[int | None] = mapped_column(BigInteger(), unique=True)
