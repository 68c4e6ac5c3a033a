"""Statements on a ledger, and ways to make a database slow, for tests of the group commit."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from idp.database import GroupCommitter, Operation, Statement
from idp.database.batch import Row

Connection = psycopg.Connection[tuple[Any, ...]]

_ITEMS = """
with item as materialized (
    select position, name, amount
    from rows from (jsonb_to_recordset(%s::jsonb) as (name text, amount int)) with ordinality
        as given(name, amount, position))
"""
PUT = Statement(
    "ledger.put",
    _ITEMS  # noqa: S608 - two constants
    + """, put as (
        insert into ledger select name, amount from item on conflict (name) do nothing returning name)
    select position, pg_current_xact_id()::text::bigint from item join put using (name)""",
)
ADD = Statement(
    "ledger.add",
    _ITEMS  # noqa: S608 - two constants
    + """, added as (
        update ledger set amount = ledger.amount + item.amount from item where ledger.name = item.name
        returning ledger.name, ledger.amount)
    select position, added.amount, pg_current_xact_id()::text::bigint from item join added using (name)""",
)
TAKE = Statement(
    "ledger.take",
    _ITEMS  # noqa: S608 - two constants
    + """, taken as (delete from ledger using item where ledger.name = item.name returning ledger.name)
    select position, true from item join taken using (name)""",
)
NOTE = Statement(
    "note.write",
    "insert into note (text) select text from jsonb_to_recordset(%s::jsonb) as item(text text)",
)
# pg_locks is read anew in each statement, pg_stat_activity once in a transaction.
BLOCKED = "exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))"
BROKEN = Statement("broken", "select position, nowhere from jsonb_to_recordset(%s::jsonb) as item(position int)")
MISCOUNTED = Statement(
    "miscounted",
    "with done as (insert into note (text) select text from jsonb_to_recordset(%s::jsonb) as item(text text)"
    " returning 1) select 99 from done",
)


def put(name: str, amount: int = 0, key: str | None = None) -> Operation:
    """A new entry; no row when there is one."""
    return Operation(PUT, {"name": name, "amount": amount}, key)


def add(name: str, amount: int, key: str | None = None) -> Operation:
    """A change of an entry; answers the new amount."""
    return Operation(ADD, {"name": name, "amount": amount}, key)


def first(rows: list[Row | None]) -> Any:
    """The first column of the only row."""
    (row,) = rows
    return None if row is None else row[0]


@contextmanager
def stalled(ledger: Connection, committer: GroupCommitter) -> Iterator[Future[list[Row | None]]]:
    """Hold a row lock that a first request waits for, so that others gather behind it; released at the end."""
    ledger.execute("insert into ledger values ('stall', 0) on conflict do nothing")
    with ThreadPoolExecutor(1) as pool, ledger.transaction():
        ledger.execute("select 1 from ledger where name = 'stall' for update")
        waiting = pool.submit(committer.run, add("stall", 1))
        until(ledger, f"select {BLOCKED}")
        yield waiting


def until(ledger: Connection, question: str) -> None:
    """Wait until the database answers the question with yes."""
    for _ in range(2000):
        row = ledger.execute(question).fetchone()
        ledger.execute("select pg_sleep(0.002)")
        if row is not None and row[0]:
            return
    raise AssertionError(question)


def queued(committer: GroupCommitter, count: int) -> None:
    """Wait until so many requests stand behind the batch that is under way."""
    for _ in range(2000):
        if committer.gathered >= count:
            return
        threading.Event().wait(0.002)
    raise AssertionError(committer.gathered)


def names(ledger: Connection) -> set[str]:
    """Every entry."""
    return {row[0] for row in ledger.execute("select name from ledger")}
