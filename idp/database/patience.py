"""More patience with the database than pages have: for work that asks much at once, on a machine that is busy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from idp.database.bounded import BoundedConnection

__all__ = ["patient"]

Connection = psycopg.Connection[Any]
_STATEMENT, _IDLE = "statement_timeout", "idle_in_transaction_session_timeout"
_KEPT = "patience"
_HELD = "select current_setting(%s), current_setting(%s)"
_SET = "select set_config(%s, %s, false), set_config(%s, %s, false)"


@contextmanager
def patient(engine: Engine, limit: timedelta) -> Iterator[None]:
    """Within, statements of this thread may take `limit`, and its transactions may idle for so long.

    It holds for connections that are taken from the pool within, and ends when they go back.
    """
    own, bound = threading.get_ident(), str(int(limit.total_seconds() * 1000))

    def taken(connection: Connection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if threading.get_ident() != own:
            return
        before = None
        if isinstance(connection, BoundedConnection):
            before, connection.deadline_seconds = connection.deadline_seconds, limit.total_seconds()
        held = _asked(connection, _HELD, (_STATEMENT, _IDLE))
        _asked(connection, _SET, (_STATEMENT, bound, _IDLE, bound))
        record.info[_KEPT] = (before, held)

    event.listen(engine, "checkout", taken)
    # It stays: what is still held when this ends goes back later.
    if not event.contains(engine, "checkin", _returned):
        event.listen(engine, "checkin", _returned)
    try:
        yield
    finally:
        event.remove(engine, "checkout", taken)


def _returned(connection: Connection | None, record: ConnectionPoolEntry) -> None:
    kept = record.info.pop(_KEPT, None)
    if kept is None or connection is None or connection.closed:
        return
    before, held = kept
    if isinstance(connection, BoundedConnection):
        connection.deadline_seconds = before
    _asked(connection, _SET, (_STATEMENT, held[0], _IDLE, held[1]))


def _asked(connection: Connection, question: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Outside a transaction: what is set in one ends with its rollback."""
    connection.autocommit = True
    try:
        return connection.execute(question, values).fetchone() or ()
    finally:
        connection.autocommit = False
