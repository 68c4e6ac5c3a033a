"""A batch over the connection, sent and answered: what came of each of its units, whatever happened on the way.

A batch is one transaction. One that failed did nothing, and its units are tried one by one, so that a bad one fails
alone. A connection that was lost after sending leaves everybody in the dark, which is an outcome of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from idp.database.link import Link
from idp.database.operation import Groups, Row, Unit, distribute, group
from idp.errors import OutcomeUnknownError, StoreUnavailableError

__all__ = ["Exchange", "Outcome", "Sent"]

# A statement is cancelled before its callers give up, so that most of them hear that nothing was done.
_STATEMENT_SHARE = 0.8

# PostgreSQL ended the transaction so that another could go on; nothing of it was done.
_TRY_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_TRIES = 3
_LEAST_SECONDS = 0.1

Outcome = list[Row | None] | Exception


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way, or why it never left; `until` is how long its outcome is waited for."""

    batch: Sequence[Unit]
    groups: Groups
    until: float
    error: Exception | None = None


class Exchange:
    """One batch at a time: `send`, then `outcomes`. Only who leads the group commit calls them.

    `on_silence` is told when the database does not answer at all. The connection opens at the first use, which is after
    any fork of the server.
    """

    def __init__(self, conninfo: str, *, wait_seconds: float, on_silence: Callable[[str], None]) -> None:
        self._conninfo = conninfo
        self._wait_seconds = wait_seconds
        self._on_silence = on_silence
        self.link: Link | None = None

    def send(self, batch: Sequence[Unit]) -> Sent:
        """Put a batch on its way."""
        groups = group(batch)
        error: Exception | None = None
        try:
            self._connected().send(groups)
        except Exception as failure:  # noqa: BLE001 - told to the batch by `outcomes`, which must run
            self.drop()  # half a pipeline may stand in it
            error = failure
        return Sent(batch, groups, time.monotonic() + self._wait_seconds, error)

    def outcomes(self, sent: Sent) -> Sequence[Outcome]:
        """Wait for the commit; what came of each unit, in order."""
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

    def drop(self) -> None:
        """End the connection; the next batch opens another."""
        link, self.link = self.link, None
        if link is not None:
            link.close()

    def _alone(self, unit: Unit, tries: int = _TRIES) -> Outcome:
        """Commit one unit by itself after its batch failed."""
        groups = group([unit])
        try:
            self._connected().send(groups)
            fetched = self._received(Sent([unit], groups, time.monotonic() + self._wait_seconds))
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

    def _received(self, sent: Sent) -> dict[str, list[Row]]:
        try:
            if sent.error is not None:
                raise sent.error
            assert self.link is not None  # noqa: S101 - the batch was sent over it
            # Whoever sent may have been busy since: the time counts from the sending, and what is there is taken.
            return self.link.receive(max(_LEAST_SECONDS, sent.until - time.monotonic()))
        except TimeoutError:
            self.drop()
            self._on_silence("the database is silent")
            message = "the database did not confirm in time"
            raise OutcomeUnknownError(message) from None
        except psycopg.Error as error:
            if self.link is None or self.link.lost:
                self.drop()
                message = "the connection was lost while committing"
                raise OutcomeUnknownError(message) from error
            if isinstance(error, psycopg.errors.QueryCanceled):
                message = "the database cancelled a slow statement"
                raise StoreUnavailableError(message) from error
            raise

    def _connected(self) -> Link:
        link = self.link
        if link is not None and link.quiet():
            return link
        self.drop()
        try:
            self.link = link = Link(
                self._conninfo,
                connect_seconds=self._wait_seconds,
                statement_seconds=self._wait_seconds * _STATEMENT_SHARE,
            )
        except psycopg.Error as error:
            message = "no connection to the database"
            self._on_silence(message)
            raise StoreUnavailableError(message) from error
        return link


def _translated(error: Exception) -> Exception:
    """A store that is full, read only or shutting down is unavailable; anything else is a bug and stays."""
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return StoreUnavailableError(f"the database refused ({type(error).__name__})")
    return error
