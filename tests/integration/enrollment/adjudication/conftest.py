"""What these tests stand on."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.adjudication import Chamber
from tests.integration.subscribers.conftest import install

__all__ = ["install"]


@pytest.fixture
def chamber(session: Session) -> Chamber:
    """The room of adjudicators in a transaction that is rolled back; six people, no known cases."""
    return Chamber(session)
