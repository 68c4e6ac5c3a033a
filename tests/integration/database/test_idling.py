"""A worker may compute between two statements for longer than a page; what it was allowed outlives a rollback."""

from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, text

from idp.database.idling import allow_idling

pytestmark = pytest.mark.integration


def test_connections_are_allowed_to_idle(database_url: str) -> None:
    """Each connection that is made from then on has the limit, in every transaction of it."""
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    shown = text("show idle_in_transaction_session_timeout")
    with engine.connect() as connection:
        before = connection.scalar(shown)
    allow_idling(engine, timedelta(minutes=2))
    with engine.connect() as connection:
        assert connection.scalar(shown) == "2min" != before
        connection.rollback()
        assert connection.scalar(shown) == "2min"
