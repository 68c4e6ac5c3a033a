"""Group commit: operations of concurrent requests that commit together, one statement per kind and batch.

A machine endpoint does not hold a database session. It hands over `Operation` values, which gather while a batch is
under way and leave as the next one: one round trip, one commit. So the batch grows with the load, and a lone request
waits for nobody.

A request that waits for its outcome (`run`, `run_while`) leads where nobody does: it sends what has gathered, tells
everybody in it, and passes the lead to the first of those who gathered meanwhile. A request that does not wait
(`hand_over`) leaves its thread free; a thread of the committer's own leads for those, and calls back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from idp.database.bounded import waited_in_vain
from idp.database.exchange import Exchange, Outcome, Sent
from idp.database.operation import Errand, Operation, Row, Stage, Statement, Unit, choose
from idp.errors import OutcomeUnknownError, StoreUnavailableError

__all__ = ["Errand", "GroupCommitter", "Operation", "Row", "Statement"]

MAX_BATCH = 128
# Errands hold no thread, only memory: a few kilobytes each.
MAX_ERRANDS = 1024
_log = structlog.get_logger()


class GroupCommitter:
    """Commits operations of many threads in batches over one connection of its own.

    `max_waiting` bounds how many requests may wait (keep it below the server's thread count, or a stopped database
    starves every endpoint), and `max_errands` how many may be on their way without waiting; one more raises
    `StoreUnavailableError` at once. `wait_seconds` bounds one wait. Connection and thread begin at the first use, which
    is after any fork of the server.
    """

    def __init__(self, conninfo: str, *, max_waiting: int, wait_seconds: float, max_errands: int = MAX_ERRANDS) -> None:
        self._wait_seconds = wait_seconds
        self._exchange = Exchange(conninfo, wait_seconds=wait_seconds, on_silence=self._give_up_waiting)
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: list[Unit] = []
        self._room = {True: max_waiting, False: max_errands}  # by whether a thread waits
        self._led = False
        self._closed = False
        self._relay: threading.Thread | None = None
        self._call = threading.Semaphore(0)

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

    def hand_over(
        self, operations: Sequence[Operation], meanwhile: Callable[[], Any], done: Callable[[Errand], None]
    ) -> None:
        """As `run_while`, without waiting: `done` gets the errand, whose `result` returns or raises what that would.

        It is called once, in this thread or another, and must neither wait nor raise. Raises `StoreUnavailableError`
        when nothing was taken over.
        """
        errand = Errand(operations, done, time.monotonic() + self._wait_seconds)
        if self._enter(errand):
            self._call.release()
        errand.work(meanwhile)

    def close(self) -> None:
        """Commit what was handed over, end the connection, and take nothing more."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: not self._led)
            self._exchange.drop()
        if self._relay is not None:
            self._call.release()
            self._relay.join()

    def _enter(self, unit: Unit) -> bool:
        """Stand in line; True when nobody leads and the caller must see to it."""
        if waited_in_vain():
            message = "the database was silent to this request already"
            raise StoreUnavailableError(message)
        with self._lock:
            if self._closed:
                message = "the group commit has ended"
                raise StoreUnavailableError(message)
            if not self._room[unit.attended]:
                message = "too many requests wait for the database"
                raise StoreUnavailableError(message)
            self._room[unit.attended] -= 1
            self._waiting.append(unit)
            if not unit.attended and self._relay is None:
                self._relay = threading.Thread(target=self._stand_by, name="group-commit", daemon=True)
                self._relay.start()
            leads, self._led = not self._led, True
            return leads

    def _follow(self, unit: Unit) -> None:
        """Wait for the batch that carries the unit, or lead it when it is the unit's turn."""
        rung = unit.wait(self._wait_seconds)
        with self._lock:
            stage, leads = unit.stage, unit.leads
            if not rung and stage is Stage.WAITING and not leads:
                self._waiting.remove(unit)
                self._room[unit.attended] += 1
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

    def _send(self) -> Sent:
        """Take what has gathered and send it. Only who leads calls this, and then `_conclude` or `_lead`."""
        with self._lock:
            batch, held = choose(self._waiting[:MAX_BATCH])
            self._waiting = held + self._waiting[MAX_BATCH:]
            for unit in batch:
                unit.stage = Stage.UNDER_WAY
        return self._exchange.send(batch)

    def _conclude(self, sent: Sent) -> None:
        """Wait for the commit, tell everybody, pass the lead."""
        try:
            outcomes = self._exchange.outcomes(sent)
        except BaseException:  # the thread itself is being ended in the middle of a batch
            self._exchange.drop()
            outcomes = [OutcomeUnknownError("the group commit was interrupted") for _ in sent.batch]
            raise
        finally:
            self._settle(sent.batch, outcomes)
            self._ring(sent.batch)
            self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            if following is None:
                self._led = False
                self._idle.notify_all()
                return
            following.leads = following.attended
        if following.attended:
            following.ring()
        else:
            self._call.release()

    def _stand_by(self) -> None:
        """The committer's own thread: leads when it is called, until nobody waits."""
        while not self._ended():
            self._call.acquire()
            sent = self._next()
            while sent is not None:
                self._settle(sent.batch, self._exchange.outcomes(sent))
                following = self._next()  # on its way before the answers are made
                self._ring(sent.batch)
                sent = following

    def _ended(self) -> bool:
        with self._lock:
            return self._closed and not self._led

    def _next(self) -> Sent | None:
        """The next batch, sent; None when nobody waits, which ends the lead."""
        now = time.monotonic()
        late: list[Unit] = []
        with self._lock:
            while self._waiting and self._waiting[0].until < now:
                late.append(self._waiting.pop(0))
            more = bool(self._waiting)
            if not more:
                self._led = False
                self._idle.notify_all()
        if late:
            self._settle(late, [StoreUnavailableError("the database did not take the request in time") for _ in late])
            self._ring(late)
        return self._send() if more else None

    def _give_up_waiting(self, reason: str) -> None:
        """Who waits would only wait as long again: they hear at once that nothing of theirs was done."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        self._settle(waiting, [StoreUnavailableError(reason) for _ in waiting])
        self._ring(waiting)

    def _settle(self, batch: Sequence[Unit], outcomes: Sequence[Outcome]) -> None:
        """Keep the outcomes; places are free before anybody hears, so that who comes back at once finds one."""
        for unit, outcome in zip(batch, outcomes, strict=True):
            unit.settle(outcome)
        with self._lock:
            for unit in batch:
                self._room[unit.attended] += 1
                unit.stage = Stage.DONE

    def _ring(self, batch: Sequence[Unit]) -> None:
        for unit in batch:
            try:
                unit.ring()
            except Exception as error:  # noqa: BLE001 - a bug in one answer must not cost the others theirs
                _log.error("an errand's answer failed", kind=type(error).__name__)
