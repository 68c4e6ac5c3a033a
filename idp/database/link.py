"""One connection that carries a batch as one round trip: libpq's pipeline, driven without a cursor.

Between two synchronisation points a pipeline is one transaction without BEGIN and COMMIT (PostgreSQL, "Pipeline
Mode"), and its synchronisation point is answered after the commit. Statements are prepared once; parameters travel as
text, rows come back in binary form.
"""

from __future__ import annotations

import math
import select
import time
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format

from idp.database.operation import Groups, Row, Statement, array

__all__ = ["Link"]

# A network that swallows packets must not hold the connection for the two hours the system would wait.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
_FAILED = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE})


class Link:
    """A connection for batches, one batch at a time: `send`, then `receive`.

    Both raise `psycopg.Error`; afterwards `lost` says whether the connection is gone, in which case nobody knows what
    became of a batch that was sent. A link that lost its connection is of no more use.
    """

    def __init__(self, conninfo: str, *, connect_seconds: float, statement_seconds: float) -> None:
        asked = conninfo_to_dict(conninfo)
        patience: dict[str, Any] = {"connect_timeout": max(2, math.ceil(connect_seconds)), **_KEEPALIVE}
        self.connection = psycopg.connect(make_conninfo(**{**patience, **asked}), autocommit=True)
        milliseconds = str(max(1, int(statement_seconds * 1000)))
        self.connection.execute("select set_config('statement_timeout', %s, false)", (milliseconds,))
        self._wire = self.connection.pgconn
        self._wire.nonblocking = 1
        self._wire.enter_pipeline_mode()
        self._reader = Transformer(self.connection)
        self._prepared: set[str] = set()
        self._expected: list[tuple[str, bool]] = []
        self._poll, self._flushing = select.poll(), select.poll()
        self._poll.register(self._wire.socket, select.POLLIN)
        self._flushing.register(self._wire.socket, select.POLLIN | select.POLLOUT)

    @property
    def lost(self) -> bool:
        """True once the connection is gone."""
        return self._wire.status != ConnStatus.OK

    def quiet(self) -> bool:
        """False when the server spoke unasked since the last batch, which it does when it ends the connection.

        Noticed here, nothing of the next batch was sent yet, and it can go over a new connection.
        """
        return not self.lost and not self._poll.poll(0)

    def send(self, groups: Groups) -> None:
        """Hand a batch to the connection; returns when as much as fits is on its way."""
        self._expected = []
        for name, (statement, entries) in groups.items():
            if name not in self._prepared:
                self._wire.send_prepare(name.encode(), _sql(statement))
                self._expected.append((name, False))
            self._wire.send_query_prepared(name.encode(), (array(entries).encode(),), result_format=Format.BINARY)
            self._expected.append((name, True))
        self._wire.pipeline_sync()
        self._wire.flush()

    def receive(self, seconds: float) -> dict[str, list[Row]]:
        """The rows of each statement of the batch, once it has committed.

        Raises the error of the first statement that failed (then nothing was done), and `TimeoutError` when the
        database said nothing conclusive for `seconds`; the link must be closed then.
        """
        deadline = time.monotonic() + seconds
        found: dict[str, list[Row]] = {}
        failure: psycopg.Error | None = None
        expected = iter(self._expected)
        while True:
            self._await(deadline)
            result = self._wire.get_result()
            if result is None:
                if self.lost:
                    raise failure or psycopg.OperationalError("the connection is lost")
                continue
            status = result.status
            if status == ExecStatus.PIPELINE_SYNC:
                break
            name, executed = next(expected)
            if status in _FAILED:
                failure = failure or error_from_result(result)
            elif status == ExecStatus.TUPLES_OK:
                self._reader.set_pgresult(result)
                found[name] = self._reader.load_rows(0, result.ntuples, tuple)
            elif executed:
                found[name] = []
            elif status == ExecStatus.COMMAND_OK:  # stays prepared even if the batch fails
                self._prepared.add(name)
        if failure is not None:
            raise failure
        return found

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _await(self, deadline: float) -> None:
        """Return when the next result can be taken without waiting."""
        wire = self._wire
        while wire.is_busy():
            poll = self._flushing if wire.flush() else self._poll
            rest = deadline - time.monotonic()
            if rest <= 0 or not poll.poll(rest * 1000):
                raise TimeoutError
            wire.consume_input()


def _sql(statement: Statement) -> bytes:
    return statement.sql.replace("%s", "$1").replace("%%", "%").encode()
