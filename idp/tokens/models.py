"""Stored authorizations. One row carries the code, then the refresh family, and is what introspection asks about."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["GrantRow", "RevokedTokenRow"]


class GrantRow(Base):
    """What one subscriber let one client do, from the moment of the code to the end of its last token.

    `id` is random and leaves the house in access tokens; it says nothing across clients. The code is spent once
    (`code_spent_at`). The refresh family is the pair of digests: `refresh_digest` is the live token (null while there
    is none), `refresh_previous_digest` the one before it, honoured for a few seconds for an identical retry.

    No foreign keys: a grant opens only in the statement that reads its client, person and session (ADR 0010). Nothing
    indexed changes after the opening except at revocation, so that spending and rotating rewrite the row alone.
    `filed_at`: all of it is over, and the row stays for what was read under it.
    """

    __tablename__ = "authorization_grant"
    __table_args__ = (
        Index("uq_authorization_grant_code", "code_digest", unique=True),
        Index(
            "uq_authorization_grant_refresh",
            "refresh_handle",
            unique=True,
            postgresql_where=text("refresh_handle is not null"),
        ),
        Index("ix_authorization_grant_session", "session_id", postgresql_where=text("revoked_at is null")),
        Index(
            "ix_authorization_grant_party", "subscriber_id", "client_id", postgresql_where=text("revoked_at is null")
        ),
        Index("ix_authorization_grant_kept", "created_at", postgresql_where=text("filed_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    subscriber_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID]
    created_at: Mapped[dt.datetime]
    scope: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    audience: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    id_token_claims: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    userinfo_claims: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    authenticated_at: Mapped[dt.datetime]
    acr: Mapped[str]
    amr: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    nonce: Mapped[str | None]
    redirect_uri: Mapped[str]
    code_challenge: Mapped[str | None]
    code_digest: Mapped[bytes]
    code_expires_at: Mapped[dt.datetime]
    code_spent_at: Mapped[dt.datetime | None]
    refresh_handle: Mapped[bytes | None]
    refresh_digest: Mapped[bytes | None]
    refresh_previous_digest: Mapped[bytes | None]
    refresh_generation: Mapped[int] = mapped_column(default=0)
    refresh_rotated_at: Mapped[dt.datetime | None]
    refresh_request: Mapped[bytes | None]
    refresh_expires_at: Mapped[dt.datetime | None]
    offline: Mapped[bool]
    revoked_at: Mapped[dt.datetime | None]
    revoke_reason: Mapped[str | None]
    filed_at: Mapped[dt.datetime | None]


class RevokedTokenRow(Base):
    """An access token that its client gave up before its time. Meaningless after `expires_at`."""

    __tablename__ = "revoked_token"

    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
