"""Stored cards, the keys that sign them, and the lists of those that are not good."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["CardKeyRow", "CardListRow", "CredentialRow"]


class CardKeyRow(Base):
    """A key that signs cards. It is published for as long as a card of its lives; its state follows from its moments.

    `kid` is its id on a card in hex. A key with `revoked_at` leaked: no card of it is good any more.
    """

    __tablename__ = "card_key"
    __table_args__ = (
        CheckConstraint("algorithm in ('ES256', 'EdDSA')", name="algorithm"),
        CheckConstraint("sealed_private is not null or retire_at is not null", name="retired"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    sealed_private: Mapped[bytes | None]
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    activate_at: Mapped[dt.datetime]
    retire_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class CredentialRow(Base):
    """A card that was made, and whether its holder or the register took it back; of a person one is active.

    `serial` stands on the card and in no list. `sealed` is what its code says, under the person's key: the same card
    can be printed again. `version` is that of the record it was made from.
    """

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("kind in ('card')", name="kind"),
        CheckConstraint("status in ('active', 'replaced', 'revoked')", name="status"),
        CheckConstraint("(status = 'active') = (ended_at is null)", name="ended"),
        CheckConstraint("expires_at > issued_at", name="lifetime"),
        Index("ix_credential_person_id", "person_id"),
        Index("uq_credential_active", "person_id", "kind", unique=True, postgresql_where=text("status = 'active'")),
        Index("ix_credential_ended", "expires_at", postgresql_where=text("status <> 'active'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    serial: Mapped[bytes] = mapped_column(unique=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("card_key.kid"))
    alias_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identifier.id"))
    version: Mapped[int]
    status: Mapped[str]
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    sealed: Mapped[bytes | None]


class CardListRow(Base):
    """The signed list of a period: made once by whoever asks first, so that all servers give out the same."""

    __tablename__ = "card_list"

    period: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    content: Mapped[bytes]
    made_at: Mapped[dt.datetime]
