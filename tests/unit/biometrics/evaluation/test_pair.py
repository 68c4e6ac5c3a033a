"""The picture of a pair."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.evaluation.pair import beside, main
from tests.unit.biometrics.fingerprint.extraction.drawn import drawn_print


def _written(path: Path, image: NDArray[np.uint8]) -> str:
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return str(path)


@pytest.mark.parametrize(("modality", "reason"), [("finger", "sample.resolution"), ("face", "face.none")])
def test_a_refused_sample_leaves_no_picture(
    modality: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is told and nothing is written."""
    grey = _written(tmp_path / "grey.png", np.full((300, 300), 128, np.uint8))
    assert main([grey, grey, str(tmp_path / "pair.png"), "--modality", modality]) == 1
    assert capsys.readouterr().err.startswith(reason)
    assert not (tmp_path / "pair.png").exists()


def test_fingers_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, score, ratio and what spoke for the pair; paired minutiae of one finger are joined by green lines."""
    first = _written(tmp_path / "a.png", drawn_print())
    second = _written(tmp_path / "b.png", drawn_print(shift=(6, 4), noise=9))
    assert main([first, second, str(tmp_path / "pair.png"), "--modality", "finger", "--mode", "full"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("a.png / b.png\nfull score ")
    assert "ratio " in said
    picture = cv2.imread(str(tmp_path / "pair.png"))
    assert picture is not None
    assert picture.shape[1] == 2 * 2 * 310 + 16
    gap = picture[:, 2 * 310 + 8]
    assert (gap == (60, 190, 60)).all(axis=1).sum() >= 5


def test_pictures_of_two_heights_fit() -> None:
    """The lower one is filled up with white."""
    sheet = beside(np.zeros((4, 5, 3), np.uint8), np.zeros((9, 2, 3), np.uint8))
    assert sheet.shape == (9, 5 + 16 + 2, 3)
    assert sheet[8, 0].tolist() == [255, 255, 255]
    assert sheet[8, -1].tolist() == [0, 0, 0]
