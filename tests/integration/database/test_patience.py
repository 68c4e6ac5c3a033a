"""Work that asks much at once waits longer for the database than a page does, and only while it is done."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, QueuePool, create_engine, text

from idp.database.bounded import bounded_creator
from idp.database.patience import patient

pytestmark = pytest.mark.integration

LIMIT = timedelta(minutes=3)


@pytest.fixture
def pages(database_url: str) -> Iterator[Engine]:
    """One connection, with the bounds of pages."""
    joint = "&" if "?" in database_url else "?"
    bounds = "-c%20statement_timeout%3D2500%20-c%20idle_in_transaction_session_timeout%3D5000"
    creator = bounded_creator(f"{database_url}{joint}options={bounds}", 1.5)
    engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=QueuePool, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def bounds(engine: Engine, *, rolled_back: bool = False) -> tuple[str, str, float]:
    """What a transaction that begins now is allowed: statement, idling, and the wait of the client."""
    with engine.connect() as connection:
        if rolled_back:
            connection.execute(text("select 1"))
            connection.rollback()
        statement = str(connection.scalar(text("show statement_timeout")))
        idling = str(connection.scalar(text("show idle_in_transaction_session_timeout")))
        driver: Any = connection.connection.driver_connection
        return statement, idling, driver.deadline_seconds


USUAL = ("2500ms", "5s", 1.5)
LONG = ("3min", "3min", 180.0)


def test_only_within(pages: Engine) -> None:
    """Before and after, the bounds are those of pages; a rollback within changes nothing; it bears repeating."""
    assert bounds(pages) == USUAL
    for _ in range(2):
        with patient(pages, LIMIT):
            assert bounds(pages) == LONG
            assert bounds(pages, rolled_back=True) == LONG
        assert bounds(pages) == USUAL


def test_what_goes_back_later(pages: Engine) -> None:
    """A connection that is still held when the work ends has the usual bounds when it is taken again."""
    with patient(pages, LIMIT):
        held = pages.connect()
        held.execute(text("select 1"))
    held.close()
    assert bounds(pages) == USUAL


def test_other_threads_wait_as_ever(pages: Engine) -> None:
    """The work of one thread is no reason for another to wait."""
    found: list[tuple[str, str, float]] = []
    with patient(pages, LIMIT):
        other = threading.Thread(target=lambda: found.append(bounds(pages)))
        other.start()
        other.join()
    assert found == [USUAL]
