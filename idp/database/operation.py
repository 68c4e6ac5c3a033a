"""What machine endpoints ask of the database, as values, and how those of many requests become one statement.

Each `Statement` takes one parameter, a JSON array of items, and reads it with `ROWS FROM
(jsonb_to_recordset(%s::jsonb) AS (...)) WITH ORDINALITY`; it returns rows whose first column is the
ordinality. An item without a row yields `None`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

__all__ = ["Groups", "Operation", "Row", "Statement", "Unit", "array", "choose", "distribute", "group"]

Row = tuple[Any, ...]
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
    operations with the same `key` never share a batch: the later one sees what the earlier one did. Raises
    ValueError for what PostgreSQL cannot store (NUL, lone surrogates, numbers that are not finite).
    """

    __slots__ = ("key", "statement", "text")

    def __init__(self, statement: Statement, item: Mapping[str, Any], key: str | None = None) -> None:
        text = json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
        if "\\u0000" in text and _NUL.search(text):
            message = f"NUL in an item of {statement.name}"
            raise ValueError(message)
        self.statement = statement
        self.text = text
        self.key = key


@dataclass(slots=True)
class Unit:
    """The operations of one caller, which commit together, and where the caller waits for their rows.

    `leave` gives up its place among those that wait; called once, before anybody hears of the outcome, so
    that who comes back at once finds the place free.
    """

    operations: Sequence[Operation]
    future: Future[list[Row | None]]
    leave: Callable[[], None]

    @property
    def keys(self) -> set[str]:
        """The keys that no other unit of the same batch may have."""
        return {operation.key for operation in self.operations if operation.key is not None}

    def deliver(self, rows: list[Row | None]) -> None:
        """Tell the caller its rows."""
        self.leave()
        self.future.set_result(rows)

    def fail(self, error: Exception) -> None:
        """Raise `error` at the caller."""
        self.leave()
        self.future.set_exception(error)


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
