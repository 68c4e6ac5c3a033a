"""A module that leaves the clock ahead does not date the keys of the next one."""

import os
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT

_SETTINGS = "import pytest\nfrom tests.conftest import clock_back_after_module, moved_clock\n"
_FIRST = """def test_moves(moved_clock):
    moved_clock.advance(61)

def test_keeps(moved_clock):
    assert moved_clock.offset == 61
"""
_SECOND = """import pytest

@pytest.fixture(scope="module")
def begun(moved_clock):
    return moved_clock.offset, moved_clock.file.read_text()

def test_begins(begun):
    assert begun == (0, "0.0")
"""


def test_next_module_begins_at_the_machines_time(tmp_path: Path) -> None:
    """What one module leaves stays within it, and is gone before the fixtures of the next are made."""
    (tmp_path / "conftest.py").write_text(_SETTINGS, encoding="utf-8")
    (tmp_path / "test_1.py").write_text(_FIRST, encoding="utf-8")
    (tmp_path / "test_2.py").write_text(_SECOND, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
