"""A connection that gives up on a server that no longer answers.

PostgreSQL keeps its statement time-out itself, so a stopped server keeps it for ever, and TCP still acknowledges.
Here the client keeps the time: a wait longer than `deadline_seconds` closes the connection and raises
`psycopg.OperationalError`, which the edges answer with 503. One request waits in vain once: whatever else it asks of
the database is refused at once, so that its waits do not add up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

__all__ = ["BoundedConnection", "bounded_creator", "new_request", "waited_in_vain"]

RV = TypeVar("RV")
_INTERVAL = 0.1
_in_vain: ContextVar[bool] = ContextVar("database_waited_in_vain", default=False)


def new_request() -> None:
    """Another request begins in this thread: it may wait again."""
    _in_vain.set(False)


def waited_in_vain() -> bool:
    """True once this request waited for a database that said nothing."""
    return _in_vain.get()


class BoundedConnection(psycopg.Connection[Any]):
    """As psycopg's own; `deadline_seconds` bounds each wait for the server, None waits without end (migrations)."""

    deadline_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """Drive a conversation with the server to its end, or to the deadline."""
        if timeout is not None or self.deadline_seconds is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.deadline_seconds)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - psycopg documents it for `wait` and gives it no other name
            self.pgconn.finish()
            _in_vain.set(True)
            message = "the database did not answer in time"
            raise psycopg.OperationalError(message) from None


def bounded_creator(conninfo: str, seconds: float) -> Callable[[], BoundedConnection]:
    """What an engine calls to connect; `connect_timeout` in `conninfo` bounds the connecting itself."""

    def connect() -> BoundedConnection:
        if waited_in_vain():
            message = "the database was silent to this request already"
            raise psycopg.OperationalError(message)
        try:
            connection = BoundedConnection.connect(conninfo)
        except psycopg.errors.ConnectionTimeout:
            _in_vain.set(True)
            raise
        connection.deadline_seconds = seconds
        return connection

    return connect
