"""Removing rows whose time is over: few at a time, and none that somebody else has in hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Executable, delete, inspect, select

from idp.database.base import Base, Session

__all__ = ["counted", "remove"]


def remove(session: Session, kind: type[Base], old: Sequence[ColumnElement[bool]], most: int) -> int:
    """Remove at most `most` rows of `kind` for which all of `old` holds; how many there were.

    Rows that another transaction holds are passed over: nobody waits here, and the next round finds them.
    """
    key = inspect(kind).primary_key
    chosen = select(*key).where(*old).limit(most).with_for_update(skip_locked=True).cte("chosen")
    gone = delete(kind).where(*(column == chosen.c[column.name] for column in key))
    return counted(session, gone.execution_options(synchronize_session=False))


def counted(session: Session, statement: Executable) -> int:
    """Run a statement that changes rows; how many there were."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
