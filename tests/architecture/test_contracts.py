"""The import order holds, and import-linter would say so if it did not."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

PACKAGES = ("biometrics", "config", "embedded", "enrollment", "examples", "idp")

# contract, file added to a copy of the tree, what the file says
VIOLATIONS = [
    ("house", "idp/keys/stray.py", "import enrollment"),
    ("house", "idp/keys/stray.py", "import biometrics"),
    ("house", "biometrics/stray.py", "import idp.errors"),
    ("house", "enrollment/stray.py", "import config"),
    ("idp", "idp/keys/stray.py", "import idp.audit"),
    ("idp", "idp/signin/stray.py", "import idp.consent"),
    ("idp", "idp/protocol/stray.py", "import idp.web"),
    ("idp", "idp/web/stray.py", "import idp.cli"),
    ("idp", "idp/errors.py", "import idp.entropy"),
    ("idp", "idp/gossip.py", '"""A room that nobody placed."""'),
    ("enrolment", "enrollment/errors.py", "import enrollment.cli"),
    ("enrolment", "enrollment/gossip.py", '"""A room that nobody placed."""'),
    ("flask", "idp/protocol/stray.py", "from flask import request"),
    ("flask", "idp/sessions/stray.py", "import werkzeug.security"),
    ("flask", "config/stray.py", "import flask_sqlalchemy"),
    ("door-ephemeral", "idp/sessions/stray.py", "from redis import Redis"),
    ("door-ephemeral", "idp/web/stray.py", "import redis"),
    ("door-objects", "idp/subscribers/stray.py", "from minio import Minio"),
    ("door-totp", "idp/signin/stray.py", "import pyotp"),
    ("door-passkey", "idp/web/stray.py", "import webauthn"),
    ("door-qr", "idp/web/stray.py", "import segno"),
    ("door-password-advice", "idp/web/stray.py", "from zxcvbn import zxcvbn"),
    ("door-jobs", "idp/web/stray.py", "import procrastinate"),
    ("door-print", "idp/web/stray.py", "from fpdf import FPDF"),
    ("door-phone", "idp/selfservice/stray.py", "from phonenumbers import parse"),
    ("images", "idp/web/stray.py", "import cv2"),
    ("images", "enrollment/stray.py", "import numpy"),
    ("biometrics-pure", "biometrics/stray.py", "import sqlalchemy"),
    ("biometrics", "biometrics/errors.py", "import biometrics.face"),
    ("biometrics", "biometrics/gossip.py", '"""A room that nobody placed."""'),
    ("door-wsq", "biometrics/face/stray.py", "import _wsq"),
    ("configuration", "idp/cli/stray.py", "import config"),
    ("configuration", "idp/keys/stray.py", "import pydantic_settings"),
    ("composition", "idp/cli/stray.py", "import wsgi"),
    ("composition", "config/stray.py", "from wsgi import create_app"),
    ("embedded-alone", "embedded/stray.py", "import idp.clock"),
    ("embedded-state", "idp/cli/stray.py", "import embedded.state"),
    ("embedded-state", "config/stray.py", "import embedded"),
    ("examples", "examples/stray.py", "import idp.entropy"),
    ("examples-outside", "idp/web/stray.py", "import examples"),
    ("circles", "idp/clock.py", "import idp.entropy"),
    ("circles", "idp/keys/sealing.py", "import idp.keys.rotation"),
]


def lint_imports(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the tree in `folder`."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def tree_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what import-linter reads."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_contracts_hold() -> None:
    """Every import contract in pyproject.toml is kept by the tree as it stands."""
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_contract_has_a_violation() -> None:
    """No contract stands untried."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert {contract["id"] for contract in contracts} == {contract for contract, _, _ in VIOLATIONS}


@pytest.mark.parametrize(("contract", "path", "statement"), VIOLATIONS)
def test_violation_is_caught(tree_copy: Path, contract: str, path: str, statement: str) -> None:
    """One import against a contract, put into a copy of the tree, breaks that contract."""
    stray = tree_copy / path
    before = stray.read_text(encoding="utf-8") if stray.exists() else None
    stray.write_text(f"{before or ''}\n{statement}\n", encoding="utf-8")
    try:
        outcome = lint_imports(tree_copy, "--contract", contract)
    finally:
        if before is None:
            stray.unlink()
        else:
            stray.write_text(before, encoding="utf-8")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "BROKEN" in outcome.stdout, outcome.stdout + outcome.stderr
