"""What machine endpoints ask of the database, as values, and how those of many requests become one statement.

Each `Statement` takes one parameter, a JSON array of items, and reads it with `ROWS FROM
(jsonb_to_recordset(%s::jsonb) AS (...)) WITH ORDINALITY`; it returns rows whose first column is the
ordinality. An item without a row yields `None`.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

__all__ = [
    "Errand",
    "Groups",
    "Operation",
    "Row",
    "Stage",
    "Statement",
    "Unit",
    "array",
    "choose",
    "distribute",
    "group",
    "maybe_one",
    "one",
]

Row = tuple[Any, ...]
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement that serves every item of its kind in a batch; see the module's text for its shape.

    `name` identifies it: the statements of one transaction run in the order of their names.
    """

    name: str
    sql: str


class Operation:
    """One item for a statement.

    It is serialised when it is made, so that a bad value fails its own request and not a batch. Two
    operations with the same `key` never share a batch, so that the later one sees what the earlier one did, unless
    they are `shared`: then the key only tells in which order rows are locked. Raises ValueError for what PostgreSQL
    cannot store (NUL, lone surrogates, numbers that are not finite).
    """

    __slots__ = ("key", "shared", "statement", "text")

    def __init__(
        self, statement: Statement, item: Mapping[str, Any], key: str | None = None, *, shared: bool = False
    ) -> None:
        text = _JSON.encode(item)
        if not text.isascii():
            text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
        if "\\u0000" in text and _NUL.search(text):
            message = f"NUL in an item of {statement.name}"
            raise ValueError(message)
        self.statement = statement
        self.text = text
        self.key = key
        self.shared = shared


class Stage(Enum):
    """How far a unit has come."""

    WAITING = auto()
    UNDER_WAY = auto()
    DONE = auto()


class Unit:
    """The operations of one caller, which commit together, and where the caller hears of their outcome.

    `stage` and `leads` belong to the group commit and change under its lock. `leads` says that the caller must commit
    the next batch itself. `attended` says that a thread waits for the unit, and `until` when it is too late to send it,
    where the thread does not watch that itself.
    """

    __slots__ = ("_bell", "_error", "_rows", "leads", "operations", "stage")
    attended = True
    until = math.inf

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self.stage = Stage.WAITING
        self.leads = False
        self._rows: list[Row | None] = []
        self._error: Exception | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    @property
    def keys(self) -> set[str]:
        """The keys that no other unit of the same batch may have."""
        return {operation.key for operation in self.operations if operation.key is not None and not operation.shared}

    def settle(self, outcome: list[Row | None] | Exception) -> None:
        """Keep what came of it, for `rows`."""
        if isinstance(outcome, Exception):
            self._error = outcome
        else:
            self._rows = outcome

    def ring(self) -> None:
        """Wake the caller: its outcome is known, or it leads."""
        self._bell.release()

    def wait(self, seconds: float) -> bool:
        """Sleep until somebody rings; False when nobody did."""
        return self._bell.acquire(timeout=seconds)

    def rows(self) -> list[Row | None]:
        """One row (or None) for each operation, in order; raises the error that stood in their way."""
        if self._error is not None:
            raise self._error
        return self._rows


class Errand(Unit):
    """A unit that no thread waits for.

    `done` is called with it once its outcome is known and the work done meanwhile is over, by whichever thread is the
    second to arrive there.
    """

    __slots__ = ("_done", "_early", "_failure", "until")
    attended = False

    def __init__(self, operations: Sequence[Operation], done: Callable[[Errand], None], until: float) -> None:
        super().__init__(operations)
        self.until = until
        self._done = done
        self._early: Any = None
        self._failure: Exception | None = None
        self._bell.release()

    def ring(self) -> None:
        """The outcome is known."""
        self._arrive()

    def work(self, meanwhile: Callable[[], Any]) -> None:
        """Do what is to be done meanwhile."""
        try:
            self._early = meanwhile()
        except Exception as error:  # noqa: BLE001 - raised by `result`, where somebody can answer
            self._failure = error
        self._arrive()

    def result(self) -> tuple[list[Row | None], Any]:
        """The rows, and what was made meanwhile. A lost store is told before a failure of that work."""
        rows = self.rows()
        if self._failure is not None:
            raise self._failure
        return rows, self._early

    def _arrive(self) -> None:
        if not self._bell.acquire(blocking=False):
            self._done(self)


def one(table: str, alias: str, condition: str, *, lock: bool = False) -> str:
    """SQL that joins the one row of `table` for which `condition` (on its columns by `alias`) holds; inner.

    Written so that the planner can only look it up by key, for each row on the left in turn, whatever it believes of
    the table's size. `lock` locks the row.
    """
    last = "for update" if lock else "limit 1"
    return f"cross join lateral (select * from {table} {alias} where {condition} {last}) {alias}"  # noqa: S608 - constants


def maybe_one(table: str, alias: str, condition: str) -> str:
    """As `one`, with nulls where there is no such row."""
    inner = f"select * from {table} {alias} where {condition} limit 1"  # noqa: S608 - constants
    return f"left join lateral ({inner}) {alias} on true"


Groups = dict[str, tuple[Statement, list[tuple[int, int, Operation]]]]


def choose(units: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Split into what may commit together and what must wait because an earlier unit holds its key."""
    batch: list[Unit] = []
    held: list[Unit] = []
    taken: set[str] = set()
    for unit in units:
        keys = unit.keys
        if keys & taken:
            held.append(unit)
        else:
            batch.append(unit)
        taken |= keys
    return batch, held


def group(batch: Iterable[Unit]) -> Groups:
    """Collect operations by statement, within one by key, so that every batch locks rows in one order."""
    groups: Groups = {}
    for unit_number, unit in enumerate(batch):
        for position, operation in enumerate(unit.operations):
            _, entries = groups.setdefault(operation.statement.name, (operation.statement, []))
            entries.append((unit_number, position, operation))
    for _, entries in groups.values():
        entries.sort(key=lambda entry: entry[2].key or "")
    return dict(sorted(groups.items()))


def array(entries: list[tuple[int, int, Operation]]) -> str:
    """The JSON array that a statement takes."""
    return f"[{','.join(operation.text for _, _, operation in entries)}]"


def distribute(batch: Sequence[Unit], groups: Groups, fetched: dict[str, list[Row]]) -> list[list[Row | None]]:
    """Give each operation of each unit the row that its ordinality names, None where there is none."""
    results: list[list[Row | None]] = [[None] * len(unit.operations) for unit in batch]
    for name, (_, entries) in groups.items():
        for row in fetched[name]:
            unit_number, position, _ = entries[row[0] - 1]
            results[unit_number][position] = row[1:]
    return results
