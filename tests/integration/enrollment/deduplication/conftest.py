"""What these tests stand on: all rooms up to the search, over a shelf and an index of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories.deduplication import Bureau, Cellar, local_gallery
from tests.integration.subscribers.conftest import install

__all__ = ["install"]


@pytest.fixture
def bureau(session: Session, tmp_path: Path) -> Iterator[Bureau]:
    """All rooms in a transaction that is rolled back; nobody is in the gallery."""
    cellar = Cellar()
    gallery = local_gallery(cellar, tmp_path / "gallery")
    yield Bureau(cellar, session, gallery)
    gallery.close()
