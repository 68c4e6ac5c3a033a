"""What these tests stand on: the services of capture over buckets of the test's own."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.factories.captures import CaptureDesk
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack


@pytest.fixture
def store_room(stack: Stack, worker: str) -> Iterator[Cellar]:
    """Fresh buckets, keys and a clock that stands still."""
    with cellar(stack, worker) as made:
        yield made


@pytest.fixture
def capture(store_room: Cellar, session: Session) -> CaptureDesk:
    """Capture in a transaction that is rolled back."""
    return CaptureDesk(store_room, session)
