"""The commands that calibrate, and that measure fusion with what they made."""

import json
from pathlib import Path

import numpy as np
import pytest

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import load_calibration
from biometrics.evaluation import calibrate, chimeric
from tests.unit.biometrics.evaluation.fake import FakeChoice, LostChoice


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 subjects of three impressions for an engine that is none."""
    for module in (calibrate, chimeric):
        monkeypatch.setattr(module, "choice_of", lambda *_arguments, **_more: FakeChoice())
    generator = np.random.default_rng(1)
    lines = ["path,subject_id,impression_id,dataset,attribute"]
    for subject in range(40):
        for number in range(3):
            (tmp_path / f"{subject}_{number}").write_text(str(generator.normal(10 * subject, 1)), encoding="ascii")
            lines.append(f"{subject}_{number},{subject},{number},fake,")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines), encoding="ascii")
    return path


def _calibrate(manifest: Path) -> int:
    output = str(manifest.parent / "fake-1.json")
    common = ["--manifest", str(manifest), "--made", "2026-01-31", "--output", output]
    return calibrate.main(["--modality", "face", *common])


def _chimeric(manifest: Path, *more: str) -> int:
    given = ["--finger-manifest", str(manifest), "--face-manifest", str(manifest)]
    return chimeric.main([*given, "--calibrations", str(manifest.parent), *more])


def test_nothing_is_written_without_samples(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unusable manifest or a lost engine ends the command before a file is written."""
    assert _calibrate(manifest.parent / "absent.csv") == 1
    monkeypatch.setattr(calibrate, "choice_of", lambda *_arguments, **_more: LostChoice())
    assert _calibrate(manifest) == 1
    assert "no weights" in capsys.readouterr().err
    assert not (manifest.parent / "fake-1.json").exists()


def test_fusion_needs_calibrations(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scores without a calibration cannot be added up."""
    assert _chimeric(manifest) == 1
    assert "no calibration for 'fake-1'" in capsys.readouterr().err


def test_calibration_is_written_and_used(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file can be loaded; fusing two parts of the same worth loses no more mates than one of them."""
    assert _calibrate(manifest) == 0
    assert isinstance(load_calibration("fake-1", manifest.parent), Calibration)
    assert "held out: 8 subjects" in capsys.readouterr().out
    assert _chimeric(manifest) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["fingers"], found["persons"], found["genuine"], found["impostor"]) == (1, 40, 120, 7020)
    assert found["both"]["fnmr"] <= found["finger"]["fnmr"]
    assert found["both"]["fmr"] <= found["smallest_fmr"] == pytest.approx(3 / 7020)


def test_hands_of_four(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Subjects of the finger manifest are dealt out as hands: 10 hands of 3 impressions."""
    assert _calibrate(manifest) == 0
    capsys.readouterr()
    assert _chimeric(manifest, "--fingers", "4") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["fingers"], found["impostor"]) == (4, 45 * 9)
