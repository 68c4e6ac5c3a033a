"""What these tests stand on: Valkey under a prefix of the test's own, and the services of a sign-in."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.database import GroupCommitter
from idp.ephemeral import Ephemeral
from tests.factories.signin import Desk, Shared, committing


@pytest.fixture
def ephemeral(redis_url: str, redis_prefix: str) -> Ephemeral:
    """The short-lived store."""
    return Ephemeral(redis_url, prefix=redis_prefix, timeout_seconds=5)


@pytest.fixture(scope="module")
def committer(engine: Engine) -> Iterator[GroupCommitter]:
    """A group committer into this worker's database."""
    with committing(engine) as committer:
        yield committer


@pytest.fixture
def shared(committer: GroupCommitter, ephemeral: Ephemeral) -> Shared:
    """Clock, keys and stores of one test."""
    return Shared(committer, ephemeral)


@pytest.fixture
def desk(shared: Shared, session: Session) -> Desk:
    """Services over a transaction that is rolled back."""
    return Desk(shared, session)
