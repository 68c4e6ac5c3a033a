"""Real samples for the accuracy tests: research sets that are not part of the project."""

import os
from pathlib import Path

import pytest

SAID = "set WANGOV_TEST_DATA to a folder with {}, as docs/biometrics.md describes"


def _manifest(name: str) -> Path:
    folder = os.environ.get("WANGOV_TEST_DATA")
    if not folder:
        pytest.skip(SAID.format(name))
    if not (Path(folder) / name).is_file():
        pytest.fail(f"WANGOV_TEST_DATA is set, but there is no {name} in {folder}", pytrace=False)
    return Path(folder) / name


@pytest.fixture(scope="session")
def fingers() -> Path:
    """The manifest of finger samples."""
    return _manifest("fingerprints/manifest.csv")


@pytest.fixture(scope="session")
def faces() -> Path:
    """The manifest of face samples."""
    return _manifest("faces/manifest.csv")
