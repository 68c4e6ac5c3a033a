"""The rooms of the registration centres over a transaction that is rolled back."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.centres import Country


@pytest.fixture
def country(session: Session) -> Country:
    """Nothing in it yet."""
    return Country(session)
