"""Asking for many rows by their keys: as one array, which costs the driver as much as one value."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.orm import InstrumentedAttribute

__all__ = ["among", "among_texts"]


def among(column: InstrumentedAttribute[UUID], values: Iterable[UUID]) -> ColumnElement[bool]:
    """True for rows whose `column` is one of `values`."""
    return column == any_(literal(list(values), ARRAY(UUID_TYPE(as_uuid=True))))


def among_texts(column: InstrumentedAttribute[str], values: Iterable[str]) -> ColumnElement[bool]:
    """The same for texts."""
    return column == any_(literal(list(values), ARRAY(Text())))
