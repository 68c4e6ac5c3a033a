"""Prints made worse in steps."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.evaluation.degraded import STEPS, judge, main, worsened
from tests.unit.biometrics.fingerprint.extraction.drawn import drawn_print


def test_without_a_print_there_is_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing manifest, and one of which nothing can be read."""
    assert main(["--manifest", str(tmp_path / "absent.csv")]) == 1
    (tmp_path / "noise").write_bytes(b"no image")
    (tmp_path / "manifest.csv").write_text("path,subject_id,impression_id,dataset,attribute\nnoise,1,1,s,\n", "ascii")
    assert main(["--manifest", str(tmp_path / "manifest.csv")]) == 1
    assert "no print" in capsys.readouterr().err


@pytest.mark.parametrize("how", list(STEPS))
def test_every_step_is_another_image(how: str) -> None:
    """Each step changes the image more than the one before."""
    image = drawn_print(noise=0)
    away = [float(np.abs(worsened(image, how, step).astype(float) - image).mean()) for step in STEPS[how][1]]
    assert away == sorted(away)
    assert away[0] > 0


def test_refusals_count_as_nothing() -> None:
    """An empty image lowers the mean and is counted, with the advice of its refusal."""
    found = judge([drawn_print(), np.full((300, 300), 225, np.uint8)])
    assert found.refused == 1
    assert 0 < found.quality < judge([drawn_print()]).quality
    assert ("place_finger", 1) in found.advice


def test_table(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One row for the prints as they are and one for each step."""
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", drawn_print())[1].tobytes())
    (tmp_path / "manifest.csv").write_text("path,subject_id,impression_id,dataset,attribute\na.png,1,1,s,\n", "ascii")
    blur = "blur, sigma in px"
    for how in set(STEPS) - {blur}:
        monkeypatch.delitem(STEPS, how)
    assert main(["--manifest", str(tmp_path / "manifest.csv")]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2 + 1 + len(STEPS[blur][1])
    assert {row.count("|") for row in rows} == {6}
