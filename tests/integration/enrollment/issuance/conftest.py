"""Rooms over a transaction that is rolled back, and the operator's commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories.deduplication import Cellar, local_gallery
from tests.factories.issuing import Chain
from tests.factories.register import Office
from tests.integration.subscribers.conftest import install, wangov

__all__ = ["install", "wangov"]


@pytest.fixture
def office(session: Session) -> Office:
    """Nobody in it yet."""
    return Office(session)


@pytest.fixture
def chain(session: Session, tmp_path: Path) -> Iterator[Chain]:
    """Every room from the counter to the number; nobody is in the register."""
    cellar = Cellar()
    gallery = local_gallery(cellar, tmp_path / "gallery")
    yield Chain(cellar, session, gallery)
    gallery.close()
