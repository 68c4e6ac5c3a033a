"""The one declarative base, its constraint names, and the one session type."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import DateTime, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, registry, scoped_session
from sqlalchemy.orm import Session as _Session

__all__ = ["Base", "Session"]

type_annotations: dict[Any, Any] = {
    str: Text(),
    bytes: LargeBinary(),
    dt.datetime: DateTime(timezone=True),
    uuid.UUID: UUID(as_uuid=True),
    dict[str, Any]: JSONB(),
}

# Strict typing does not take a scoped_session for a Session; services accept either.
Session = _Session | scoped_session[Any]


class Base(DeclarativeBase):
    """Base of every stored row. Constraint names are predictable, so migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # On the registry and not on the class: Flask-SQLAlchemy derives from this base and brings a registry of its own.
    registry = registry(metadata=metadata, type_annotation_map=type_annotations)
