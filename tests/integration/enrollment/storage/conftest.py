"""What these tests stand on: buckets of the test's own."""

from collections.abc import Iterator

import pytest

from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack


@pytest.fixture
def store_room(stack: Stack, worker: str) -> Iterator[Cellar]:
    """Fresh buckets, keys and a clock that stands still."""
    with cellar(stack, worker) as made:
        yield made
