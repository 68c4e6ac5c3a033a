"""Stored objects: what lies in the object store, and what of it is to go."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ObjectRemovalRow", "StoredObjectRow"]


class StoredObjectRow(Base):
    """An object that exists, and how its sealed bytes must look. Written after the object, never before.

    `owner_id` names the keys that seal it. `version` counts what was stored under this identifier, `store_version` is
    the store's own name for the bytes. `digest` is the SHA-256 of the sealed bytes, `size` their number.
    """

    __tablename__ = "stored_object"
    __table_args__ = (
        CheckConstraint(
            "kind in ('finger-image', 'face-image', 'iris-image', 'minutiae', 'finger-template', 'face-template',"
            " 'document')",
            name="kind",
        ),
        CheckConstraint("octet_length(digest) = 32 and size > 0 and version > 0", name="measures"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    kind: Mapped[str]
    version: Mapped[int]
    store_version: Mapped[str]
    digest: Mapped[bytes]
    size: Mapped[int]
    created_at: Mapped[dt.datetime]
    held_at: Mapped[dt.datetime | None]


class ObjectRemovalRow(Base):
    """Sealed bytes that nobody needs any more; the sweep removes them and then this row."""

    __tablename__ = "object_removal"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    bucket: Mapped[str]
    name: Mapped[str]
    store_version: Mapped[str]
    asked_at: Mapped[dt.datetime]
