"""`./wangov` and `make`, as the operator calls them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live import LiveServer
from tests.stack import ROOT

pytestmark = pytest.mark.integration


def test_the_command_works_from_anywhere(live_server: LiveServer, tmp_path: Path) -> None:
    """From another folder, with modules of the same names in it, the provider's own are used."""
    for name in ("config", "wsgi", "idp"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')", encoding="ascii")
    (tmp_path / ".env").write_text("WANGOV_ISSUER=http://elsewhere\n", encoding="ascii")
    done = subprocess.run(
        [ROOT / "wangov", "keys", "list", "--json"], cwd=tmp_path, env=live_server.environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[")


def test_a_missing_environment_is_said(tmp_path: Path) -> None:
    """A fresh clone says what to do first."""
    shutil.copy(ROOT / "wangov", tmp_path / "wangov")
    done = subprocess.run([tmp_path / "wangov", "keys", "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "make environment" in done.stderr


@pytest.mark.parametrize("target", ["run", "test", "lint", "bench", "clean", "lock"])
def test_make_knows_its_targets(target: str) -> None:
    """Each is in the help; nothing names where packages come from."""
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"  make {target} " in text
    assert "://" not in (ROOT / "Makefile").read_text(encoding="utf-8").replace("http://localhost", "")


def test_make_refuses_an_old_python(tmp_path: Path) -> None:
    """The version needed is named, and how to name another interpreter."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1;; esac\n', encoding="ascii")
    old.chmod(0o755)
    for name in ("Makefile", "requirements"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    done = subprocess.run(
        ["make", "environment", f"PYTHON={old}"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr
    assert not (tmp_path / ".venv").exists()
