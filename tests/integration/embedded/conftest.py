"""Data folders that the servers' account can reach, and the checkout in miniature."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.embedded.small_checkout import make_checkout


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A folder that every account may pass through (pytest's own are closed), gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="wangov-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature."""
    return make_checkout(tmp_path_factory.mktemp("checkout") / "small")


@pytest.fixture
def var(reachable: Path, request: pytest.FixtureRequest) -> Path:
    """A data folder of the test's own, not made yet."""
    return reachable / f"var-{abs(hash(request.node.nodeid))}"
