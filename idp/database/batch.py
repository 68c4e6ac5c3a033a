"""Group commit: operations of concurrent requests that commit together, one statement per kind and batch.

A machine endpoint does not hold a database session. It submits `Operation` values and waits; one thread per
process gathers what is waiting and sends it as one pipeline: one round trip and one commit for the whole
batch. While a batch commits the next one gathers, so the batch grows with the load and a lone request waits
for nobody.
"""

from __future__ import annotations

import math
import queue
import select
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from idp.database.operation import Groups, Operation, Row, Statement, Unit, array, choose, distribute, group
from idp.errors import OutcomeUnknownError, StoreUnavailableError

__all__ = ["GroupCommitter", "Operation", "Pending", "Row", "Statement"]

MAX_BATCH = 128
# A statement is cancelled before its callers give up, so that most of them hear that nothing was done.
_STATEMENT_SHARE = 0.8
# A network that swallows packets must not hold the one thread for the two hours the system would wait.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}

# PostgreSQL ended the transaction so that another could go on; nothing of it was done.
_TRY_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class Pending:
    """Operations on their way; `rows` waits for the commit."""

    __slots__ = ("_future", "_unit", "_wait_seconds")

    def __init__(self, unit: Unit, wait_seconds: float) -> None:
        self._unit = unit
        self._future = unit.future
        self._wait_seconds = wait_seconds

    def rows(self) -> list[Row | None]:
        """One row (or None) for each operation, in order, once they are committed.

        Raises `StoreUnavailableError` when nothing was done (no connection, waited too long for a batch)
        and `OutcomeUnknownError` when it may have been.
        """
        try:
            return self._future.result(timeout=self._wait_seconds)
        except FutureTimeoutError:
            if self._future.cancel():
                self._unit.leave()
                message = "the database did not take the request in time"
                raise StoreUnavailableError(message) from None
            message = "the database did not confirm in time"
            raise OutcomeUnknownError(message) from None
        except CancelledError:
            message = "the group commit stopped"
            raise StoreUnavailableError(message) from None


class GroupCommitter:
    """Commits operations of many threads in batches over one connection of its own.

    `max_waiting` bounds how many requests may be on their way (keep it below the server's thread count, or a
    stopped database starves every endpoint); one more raises `StoreUnavailableError` at once. `wait_seconds`
    bounds one wait. The connection and the thread start at the first use, which is after any fork of the
    server.
    """

    def __init__(self, conninfo: str, *, max_waiting: int, wait_seconds: float) -> None:
        self._conninfo = conninfo
        self._wait_seconds = wait_seconds
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._slots = threading.BoundedSemaphore(max_waiting)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: psycopg.Connection[Row] | None = None
        self._closed = False

    def run(self, *operations: Operation) -> list[Row | None]:
        """Commit these operations together and return one row (or None) for each, in order.

        Raises what `start` and `Pending.rows` raise.
        """
        return self.start(*operations).rows()

    def start(self, *operations: Operation) -> Pending:
        """Hand these operations to the next batch, so that the caller can work (sign) while they commit.

        They are one transaction; their statements run in the order of the statements' names, not of the
        arguments. Raises `StoreUnavailableError` at once when too many are on their way already.
        """
        if self._closed:
            message = "the group commit has ended"
            raise StoreUnavailableError(message)
        if not self._slots.acquire(blocking=False):
            message = "too many requests wait for the database"
            raise StoreUnavailableError(message)
        # Its place is left with the outcome, so that a caller who fails before collecting rows keeps none.
        unit = Unit(operations, Future(), self._slots.release)
        self._queue.put(unit)
        if self._thread is None or not self._thread.is_alive():
            self._begin()
        return Pending(unit, self._wait_seconds)

    def close(self) -> None:
        """Commit what was handed over, end the thread and the connection, and take nothing more."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _begin(self) -> None:
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._connection = None
                self._thread = threading.Thread(target=self._work, name="group-commit", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        held: list[Unit] = []
        open_ = True
        while open_ or held:
            units, open_ = self._gather(held, open_=open_)
            batch, held = choose(units)
            started = [unit for unit in batch if unit.future.set_running_or_notify_cancel()]
            if started:
                self._settle(started)
        if self._connection is not None:
            self._connection.close()

    def _gather(self, held: list[Unit], *, open_: bool) -> tuple[list[Unit], bool]:
        """What waits now, blocking only while nothing does; and False once the end was asked for."""
        units = held
        while open_ and len(units) < MAX_BATCH:
            try:
                unit = self._queue.get(block=not units)
            except queue.Empty:
                break
            if unit is None:
                return units, False
            units.append(unit)
        return units, open_

    def _settle(self, batch: list[Unit], tries: int = 3) -> None:
        groups = group(batch)
        try:
            fetched = self._commit(groups)
        except StoreUnavailableError as error:
            for unit in batch:
                unit.fail(type(error)(*error.args))
        except Exception as error:  # noqa: BLE001 - the thread outlives any one batch; the error reaches its caller
            if len(batch) > 1:
                for unit in batch:
                    self._settle([unit])
            elif isinstance(error, _TRY_AGAIN) and tries > 1:
                self._settle(batch, tries - 1)
            else:
                batch[0].fail(_translated(error))
        else:
            _hand_out(batch, groups, fetched)

    def _commit(self, groups: Groups) -> dict[str, list[Row]]:
        connection = self._connected()
        try:
            cursors = _send(connection, groups)
            return {name: cursor.fetchall() if cursor.description else [] for name, cursor in cursors.items()}
        except psycopg.Error as error:
            if connection.broken or connection.closed:
                self._connection = None
                message = "the connection was lost while committing"
                raise OutcomeUnknownError(message) from error
            self._roll_back(connection)
            if isinstance(error, psycopg.errors.QueryCanceled):
                message = "the database cancelled a slow statement"
                raise StoreUnavailableError(message) from error
            raise

    def _connected(self) -> psycopg.Connection[Row]:
        connection = self._connection
        if connection is not None and not connection.closed:
            if _quiet(connection):
                return connection
            connection.close()
        try:
            self._connection = connection = self._connect()
        except psycopg.Error as error:
            self._connection = None
            message = "no connection to the database"
            raise StoreUnavailableError(message) from error
        return connection

    def _connect(self) -> psycopg.Connection[Row]:
        asked = conninfo_to_dict(self._conninfo)
        patience: dict[str, Any] = {"connect_timeout": max(2, math.ceil(self._wait_seconds)), **_KEEPALIVE}
        connection = psycopg.connect(make_conninfo(**{**patience, **asked}), autocommit=True, prepare_threshold=0)
        milliseconds = str(max(1, int(self._wait_seconds * _STATEMENT_SHARE * 1000)))
        connection.execute("select set_config('statement_timeout', %s, false)", (milliseconds,))
        return connection

    def _roll_back(self, connection: psycopg.Connection[Row]) -> None:
        try:
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
            self._connection = None


def _quiet(connection: psycopg.Connection[Row]) -> bool:
    """False when the server spoke unasked since the last batch, which it does when it ends the connection.

    Noticed here, nothing of the next batch was sent yet, and it can go over a new connection.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _send(connection: psycopg.Connection[Row], groups: Groups) -> dict[str, psycopg.Cursor[Row]]:
    cursors: dict[str, psycopg.Cursor[Row]] = {}
    if len(groups) == 1:  # one statement is a transaction by itself
        ((name, (statement, entries)),) = groups.items()
        return {name: connection.execute(statement.sql, (array(entries),))}
    with connection.pipeline():
        connection.execute("BEGIN")
        for name, (statement, entries) in groups.items():
            cursors[name] = connection.execute(statement.sql, (array(entries),))
        connection.execute("COMMIT")
    return cursors


def _hand_out(batch: Sequence[Unit], groups: Groups, fetched: dict[str, list[Row]]) -> None:
    try:
        results = distribute(batch, groups, fetched)
    except Exception as error:  # noqa: BLE001 - committed already: whatever is wrong, it must not run again
        for unit in batch:
            unit.fail(error)
        return
    for unit, rows in zip(batch, results, strict=True):
        unit.deliver(rows)


def _translated(error: Exception) -> Exception:
    """A store that is full, read only or shutting down is unavailable; anything else is a bug and stays."""
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return StoreUnavailableError(f"the database refused ({type(error).__name__})")
    return error
