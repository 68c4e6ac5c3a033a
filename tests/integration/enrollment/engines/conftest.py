"""What these tests stand on: the rooms of an engine change in a transaction that is rolled back, or an application."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.deduplication import Cellar
from tests.factories.engines import Workshop
from tests.integration.enrollment.capture.test_commands import installation

__all__ = ["installation"]


@pytest.fixture
def workshop(session: Session) -> Workshop:
    """Nobody is enrolled, and no engine is written down."""
    return Workshop(session, Cellar())
