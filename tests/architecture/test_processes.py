"""What a web process holds in memory, and what it must not."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.application import settings_without_stores
from tests.architecture.tree import ROOT

PROGRAM = """
import sys
from wsgi import create_app

create_app()
heavy = {"idp.jobs.worker", "phonenumbers", "procrastinate", "smtplib", "webauthn"}
unwanted = ({"cv2", "numpy", "biometrics", "examples", "pytest"} | heavy) & set(sys.modules)
unwanted |= {name for name in sys.modules if name.startswith(("authlib.integrations", "authlib.jose"))}
sys.exit(f"loaded: {', '.join(sorted(unwanted))}" if unwanted else 0)
"""

NO_CONNECTIONS = """
import sys

def refuse(event, _arguments):
    if event == "socket.connect":
        sys.exit("connected to a store")

sys.addaudithook(refuse)
"""


def _run(program: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WANGOV_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**inherited, **settings_without_stores(folder), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_web_process_loads_no_image_library(tmp_path: Path) -> None:
    """Building the application in a fresh process loads no OpenCV, no numpy, no Flask adapter of Authlib."""
    outcome = _run(PROGRAM, tmp_path)
    assert outcome.returncode == 0, outcome.stderr


def test_the_check_would_see_opencv(tmp_path: Path) -> None:
    """The same check fails in a process that has loaded OpenCV."""
    outcome = _run(f"import cv2\n{PROGRAM}", tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("loaded: ")
    assert "cv2" in outcome.stderr


def test_building_the_application_opens_no_connection(tmp_path: Path) -> None:
    """The application is built without reaching a store, so that a forking server forks clean."""
    watched = _run(f"{NO_CONNECTIONS}{PROGRAM}", tmp_path)
    assert watched.returncode == 0, watched.stderr


def test_unusable_setting_is_named_without_its_value(tmp_path: Path) -> None:
    """A setting that cannot be used stops the start; the message names it and keeps its value to itself."""
    outcome = _run(PROGRAM, tmp_path, WANGOV_ISSUER="ftp://a-secret-value")
    assert outcome.returncode != 0
    assert "WANGOV_ISSUER" in outcome.stderr
    assert "a-secret-value" not in outcome.stderr
