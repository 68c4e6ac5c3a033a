"""One installation a worker that these tests may break, whole again after each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation
from tests.faults.stores import SmallDisk


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Stores and provider that no other test uses; WANGOV_SERVER=granian chooses the other server."""
    folder = tmp_path_factory.mktemp("broken")
    for place in (folder, *folder.parents[:2]):  # the stores drop from root and must pass through
        place.chmod(0o711)
    server = os.environ.get("WANGOV_SERVER", "gunicorn")
    installation = Installation(folder, server=server, small_disk=SmallDisk.reason_against() is None)
    yield installation
    installation.stop()


@pytest.fixture(autouse=True)
def _right_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to the clock, the next one finds it right."""
    yield
    if "installation" in request.fixturenames:
        request.getfixturevalue("installation").clock.reset()
