"""Fixtures of the tests of decoding."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared"]

_FOLDERS = ("fingerprints", "enrollment")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with published test material, which is not part of the project."""
    folder = Path(os.environ.get("WANGOV_TEST_DATA", "/nonexistent"))
    if not all((folder / name).is_dir() for name in _FOLDERS):
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {', '.join(_FOLDERS)}")
    return folder
