"""A village whose transaction is rolled back."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.life import Village


@pytest.fixture
def village(session: Session) -> Village:
    """Nobody in it yet."""
    return Village(session)
