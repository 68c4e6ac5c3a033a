"""A database with a table of its own to commit into, and committers on it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from idp.database import GroupCommitter
from tests.stack import Stack

Committers = Callable[..., GroupCommitter]

_TABLES = """
create table ledger (name text primary key, amount int not null check (amount >= 0));
create table note (id int generated always as identity, text text not null);
"""


@pytest.fixture(scope="module")
def ledger_database(stack: Stack, worker: str) -> Iterator[str]:
    """The address of a database with the tables `ledger` and `note`."""
    name = f"ledger_{worker}"
    address = stack.create(name, "template0")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_TABLES)
    yield address
    stack.drop(name)


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection beside the committers; the tables start empty."""
    with psycopg.connect(ledger_database, autocommit=True) as connection:
        connection.execute("truncate ledger, note")
        yield connection


@pytest.fixture
def committers(ledger_database: str) -> Iterator[Committers]:
    """Makes committers; each is closed after the test."""
    made: list[GroupCommitter] = []

    def make(conninfo: str = ledger_database, *, max_waiting: int = 64, wait_seconds: float = 5.0) -> GroupCommitter:
        made.append(GroupCommitter(conninfo, max_waiting=max_waiting, wait_seconds=wait_seconds))
        return made[-1]

    yield make
    for committer in made:
        committer.close()


@pytest.fixture
def committer(committers: Committers) -> GroupCommitter:
    """One with room for everybody."""
    return committers()
