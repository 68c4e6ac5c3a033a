"""What the engines must reach on the sets that figures are stated for. Speed is measured by the command, not here."""

import json
from pathlib import Path
from typing import Any

import pytest

from biometrics.evaluation.command import main

pytestmark = pytest.mark.slow


def _figures(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--protocol", "all", "--json", "--details"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("mode", "eer", "zero"), [("verify", 0.015, 0.04), ("full", 0.02, 1.0), ("shortlist", 0.05, 1.0)]
)
def test_fingers(fingers: Path, mode: str, eer: float, zero: float, capsys: pytest.CaptureFixture[str]) -> None:
    """Every print of the competition set is extracted, and the error rates stay within what was promised."""
    arguments = ("--modality", "finger", "--manifest", str(fingers), "--dataset", "fvc2002_db1b", "--mode", mode)
    found = _figures(capsys, *arguments)
    assert found["failures_to_extract"] == 0
    assert found["genuine"] >= 140
    assert found["eer"] <= eer
    assert found["zero_fmr_fnmr"] <= zero
    assert found["fnmr"]["1e-2"]["fnmr"] <= 0.05


def test_faces(faces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the small set of faces no mate is lost at FMR 1e-3, and every face is found."""
    found = _figures(capsys, "--modality", "face", "--manifest", str(faces), "--dataset", "orl")
    assert found["failures_to_extract"] == 0
    assert found["fnmr"]["1e-3"]["fnmr"] == 0.0
    assert found["details"]["identification"]["rank_1"] == 1.0
