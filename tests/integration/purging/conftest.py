"""A database of the module's own: what others committed must not be found there."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from tests.integration.web.conftest import open_site, site
from tests.stack import Stack

__all__ = ["open_site", "site"]


@pytest.fixture(scope="module")
def engine(stack: Stack, worker: str) -> Iterator[Engine]:
    """Connections to the module's database."""
    name = f"purging_{worker}"
    engine = create_engine(stack.clone(name).replace("postgresql://", "postgresql+psycopg://", 1))
    yield engine
    engine.dispose()
    stack.drop(name)
