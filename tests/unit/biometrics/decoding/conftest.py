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
    root = os.environ.get("WANGOV_TEST_DATA")
    if not root:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {', '.join(_FOLDERS)}")
    folder = Path(root)
    absent = [name for name in _FOLDERS if not (folder / name).is_dir()]
    if absent:
        pytest.fail(f"WANGOV_TEST_DATA is set, but there is no {', '.join(absent)} in it", pytrace=False)
    return folder
