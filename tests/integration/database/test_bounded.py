"""A connection that keeps its own time."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from idp.database.bounded import bounded_creator, new_request

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def request_of_its_own() -> None:
    """Each test is a request that has not waited in vain yet."""
    new_request()


def test_a_silent_server_is_given_up(database_url: str) -> None:
    """AC-124: what takes longer than the deadline ends in an error, and the connection is not used again."""
    connection = bounded_creator(database_url, 0.3)()
    with pytest.raises(psycopg.OperationalError, match="in time"):
        connection.execute("select pg_sleep(5)")
    assert connection.closed


def test_a_pool_goes_on_with_a_fresh_connection(database_url: str) -> None:
    """The pool drops what was given up; the next statement works."""
    engine = create_engine(
        "postgresql+psycopg://", creator=bounded_creator(database_url, 2.0), pool_size=1, max_overflow=0
    )
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("select pg_sleep(5)"))
    new_request()
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
    engine.dispose()


def test_a_request_waits_in_vain_once(database_url: str) -> None:
    """AC-124: what it asks after a silent answer is refused at once, so that its waits do not add up."""
    connect = bounded_creator(database_url, 0.3)
    with pytest.raises(psycopg.OperationalError):
        connect().execute("select pg_sleep(5)")
    with pytest.raises(psycopg.OperationalError, match="already"):
        connect()


def test_a_migration_waits_without_end(database_url: str) -> None:
    """Without a deadline the statement may take what it needs."""
    connection = bounded_creator(database_url, 0.05)()
    connection.deadline_seconds = None
    connection.execute("select pg_sleep(0.3)")
    connection.close()
