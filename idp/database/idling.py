"""How long a transaction may stay open in which nothing is asked: a worker computes between two statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event

__all__ = ["allow_idling"]

_ALLOW = "select set_config('idle_in_transaction_session_timeout', %s, false)"


def allow_idling(engine: Engine, limit: timedelta) -> None:
    """Let transactions of connections that `engine` makes from now on idle for `limit`, in place of the server's bound.

    That bound frees what a vanished web server had locked, within seconds; a search of everybody takes longer.
    """
    milliseconds = str(int(limit.total_seconds() * 1000))

    def connected(connection: psycopg.Connection[Any], _record: object) -> None:
        # Outside a transaction: what is set in one ends with its rollback.
        connection.autocommit = True
        connection.execute(_ALLOW, (milliseconds,))
        connection.autocommit = False

    event.listen(engine, "connect", connected)
