"""Group commit: operations of concurrent requests that commit together, one statement per kind and batch.

A machine endpoint does not hold a database session. It hands over `Operation` values and waits. Whoever finds nobody
committing leads: it sends what has gathered as one batch (one round trip, one commit), tells everybody in it, and
passes the lead to the first of those who gathered meanwhile. So the batch grows with the load, a lone request waits for
nobody, and there is no thread between a request and its answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from idp.database.bounded import waited_in_vain
from idp.database.link import Link
from idp.database.operation import Groups, Operation, Row, Stage, Statement, Unit, choose, distribute, group
from idp.errors import OutcomeUnknownError, StoreUnavailableError

__all__ = ["GroupCommitter", "Operation", "Row", "Statement"]

MAX_BATCH = 128
# A statement is cancelled before its callers give up, so that most of them hear that nothing was done.
_STATEMENT_SHARE = 0.8

# PostgreSQL ended the transaction so that another could go on; nothing of it was done.
_TRY_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_TRIES = 3

Outcome = list[Row | None] | Exception


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch on its way, or why it never left."""

    batch: Sequence[Unit]
    groups: Groups
    error: Exception | None = None


class GroupCommitter:
    """Commits operations of many threads in batches over one connection of its own.

    `max_waiting` bounds how many requests may be on their way (keep it below the server's thread count, or a stopped
    database starves every endpoint); one more raises `StoreUnavailableError` at once. `wait_seconds` bounds one wait.
    The connection opens at the first use, which is after any fork of the server.
    """

    def __init__(self, conninfo: str, *, max_waiting: int, wait_seconds: float) -> None:
        self._conninfo = conninfo
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: list[Unit] = []
        self._on_their_way = 0
        self._led = False
        self._closed = False
        self._link: Link | None = None

    @property
    def gathered(self) -> int:
        """How many requests stand behind the batch that is under way."""
        return len(self._waiting)

    def run(self, *operations: Operation) -> list[Row | None]:
        """Commit these operations together and return one row (or None) for each, in order; raises as `run_while`."""
        return self.run_while(operations, lambda: None)[0]

    def run_while(self, operations: Sequence[Operation], meanwhile: Callable[[], Any]) -> tuple[list[Row | None], Any]:
        """The rows of these operations, and what `meanwhile` returned, which runs (it signs, say) while they commit.

        They are one transaction; their statements run in the order of the statements' names, not of the arguments.
        Raises `StoreUnavailableError` when nothing was done (no connection, too many on their way, waited too long for
        a batch) and `OutcomeUnknownError` when it may have been.
        """
        if waited_in_vain():
            message = "the database was silent to this request already"
            raise StoreUnavailableError(message)
        unit = Unit(operations)
        sent = self._send() if self._enter(unit) else None
        try:
            early = meanwhile()
        finally:  # the lead is passed on whatever happened here, and a lost store is told before a failed signature
            if sent is not None:
                self._conclude(sent)
            else:
                self._follow(unit)
            rows = unit.rows()
        return rows, early

    def close(self) -> None:
        """Commit what was handed over, end the connection, and take nothing more."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: not self._led)
            self._drop()

    def _enter(self, unit: Unit) -> bool:
        """Stand in line; True when nobody leads and the caller must."""
        with self._lock:
            if self._closed:
                message = "the group commit has ended"
                raise StoreUnavailableError(message)
            if self._on_their_way >= self._max_waiting:
                message = "too many requests wait for the database"
                raise StoreUnavailableError(message)
            self._on_their_way += 1
            self._waiting.append(unit)
            leads, self._led = not self._led, True
            return leads

    def _follow(self, unit: Unit) -> None:
        """Wait for the batch that carries the unit, or lead it when it is the unit's turn."""
        rung = unit.wait(self._wait_seconds)
        with self._lock:
            stage, leads = unit.stage, unit.leads
            if not rung and stage is Stage.WAITING and not leads:
                self._waiting.remove(unit)
                self._on_their_way -= 1
        if stage is Stage.DONE:
            return
        if leads:
            self._conclude(self._send())
        elif stage is Stage.WAITING:
            message = "the database did not take the request in time"
            raise StoreUnavailableError(message)
        else:
            message = "the database did not confirm in time"
            raise OutcomeUnknownError(message)

    def _send(self) -> _Sent:
        """Take what has gathered and send it. Only who leads calls this, and then `_conclude`."""
        with self._lock:
            batch, held = choose(self._waiting[:MAX_BATCH])
            self._waiting = held + self._waiting[MAX_BATCH:]
            for unit in batch:
                unit.stage = Stage.UNDER_WAY
        groups = group(batch)
        try:
            self._connected().send(groups)
        except Exception as error:  # noqa: BLE001 - told to the batch by `_conclude`, which must run
            self._drop()  # half a pipeline may stand in it
            return _Sent(batch, groups, error)
        return _Sent(batch, groups)

    def _conclude(self, sent: _Sent) -> None:
        """Wait for the commit, tell everybody, pass the lead."""
        try:
            outcomes = self._outcomes(sent)
        except BaseException:  # the thread itself is being ended in the middle of a batch
            self._drop()
            outcomes = [OutcomeUnknownError("the group commit was interrupted") for _ in sent.batch]
            raise
        finally:
            self._tell(sent.batch, outcomes)
            self._pass_on()

    def _outcomes(self, sent: _Sent) -> Sequence[Outcome]:
        try:
            fetched = self._received(sent)
        except StoreUnavailableError as error:
            return [type(error)(*error.args) for _ in sent.batch]
        except Exception as error:  # noqa: BLE001 - whatever it is, it reaches its caller, and the lead is passed on
            if len(sent.batch) > 1:
                return [self._alone(unit) for unit in sent.batch]
            return [self._alone(sent.batch[0], _TRIES - 1) if isinstance(error, _TRY_AGAIN) else _translated(error)]
        try:
            return distribute(sent.batch, sent.groups, fetched)
        except Exception as error:  # noqa: BLE001 - committed already: whatever is wrong, it must not run again
            return [error] * len(sent.batch)

    def _alone(self, unit: Unit, tries: int = _TRIES) -> Outcome:
        """Commit one unit by itself after its batch failed."""
        groups = group([unit])
        try:
            self._connected().send(groups)
            fetched = self._received(_Sent([unit], groups))
        except StoreUnavailableError as error:
            return error
        except _TRY_AGAIN as error:
            return self._alone(unit, tries - 1) if tries > 1 else _translated(error)
        except Exception as error:  # noqa: BLE001 - as above
            return _translated(error)
        try:
            return distribute([unit], groups, fetched)[0]
        except Exception as error:  # noqa: BLE001 - as above
            return error

    def _received(self, sent: _Sent) -> dict[str, list[Row]]:
        try:
            if sent.error is not None:
                raise sent.error
            return self._connected_link().receive(self._wait_seconds)
        except TimeoutError:
            self._drop()
            self._give_up_waiting("the database is silent")
            message = "the database did not confirm in time"
            raise OutcomeUnknownError(message) from None
        except psycopg.Error as error:
            if self._link is None or self._link.lost:
                self._drop()
                message = "the connection was lost while committing"
                raise OutcomeUnknownError(message) from error
            if isinstance(error, psycopg.errors.QueryCanceled):
                message = "the database cancelled a slow statement"
                raise StoreUnavailableError(message) from error
            raise

    def _connected_link(self) -> Link:
        assert self._link is not None  # noqa: S101 - a batch was sent over it
        return self._link

    def _connected(self) -> Link:
        link = self._link
        if link is not None and link.quiet():
            return link
        self._drop()
        try:
            self._link = link = Link(
                self._conninfo,
                connect_seconds=self._wait_seconds,
                statement_seconds=self._wait_seconds * _STATEMENT_SHARE,
            )
        except psycopg.Error as error:
            message = "no connection to the database"
            self._give_up_waiting(message)
            raise StoreUnavailableError(message) from error
        return link

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _give_up_waiting(self, reason: str) -> None:
        """Who waits would only wait as long again: they hear at once that nothing of theirs was done."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        self._tell(waiting, [StoreUnavailableError(reason) for _ in waiting])

    def _tell(self, batch: Sequence[Unit], outcomes: Sequence[Outcome]) -> None:
        """Deliver; places are free before anybody hears, so that who comes back at once finds one."""
        for unit, outcome in zip(batch, outcomes, strict=True):
            unit.settle(outcome)
        with self._lock:
            self._on_their_way -= len(batch)
            for unit in batch:
                unit.stage = Stage.DONE
        for unit in batch:
            unit.ring()

    def _pass_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            if following is None:
                self._led = False
                self._idle.notify_all()
                return
            following.leads = True
        following.ring()


def _translated(error: Exception) -> Exception:
    """A store that is full, read only or shutting down is unavailable; anything else is a bug and stays."""
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return StoreUnavailableError(f"the database refused ({type(error).__name__})")
    return error
