"""Rooms over a transaction that is rolled back, and the operator's commands."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.register import Office
from tests.integration.subscribers.conftest import install, wangov

__all__ = ["install", "wangov"]


@pytest.fixture
def office(session: Session) -> Office:
    """Nobody in it yet."""
    return Office(session)
