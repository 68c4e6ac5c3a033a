from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.face.stages import main

Draw = Callable[..., NDArray[np.uint8]]


def saved(path: Path, picture: NDArray[np.uint8]) -> Path:
    """The picture as a PNG file."""
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return path


def test_an_image_without_a_face_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says why and what to do, and shows the image in which it found nobody."""
    image = saved(tmp_path / "even.png", np.full((200, 200, 3), 90, np.uint8))
    assert main([str(image), str(tmp_path / "out")]) == 1
    assert "face.none" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1-detection.png", "index.html"]
    assert "face.none" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_files_that_cannot_be_used_are_one_line(
    drawn: Draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No image, a folder for one, and a file where the pictures should go: told, without a trace of calls."""
    image = saved(tmp_path / "face.png", drawn((240, 240, 110)))
    for arguments in ((tmp_path / "absent", tmp_path), (tmp_path, tmp_path / "out"), (image, image)):
        assert main([str(path) for path in arguments]) == 1
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)


def test_bytes_that_are_no_image_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any file may be handed in."""
    (tmp_path / "note.txt").write_text("no image")
    assert main([str(tmp_path / "note.txt"), str(tmp_path / "out")]) == 1
    assert "sample." in capsys.readouterr().err


def test_without_weights_there_are_no_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without the weights is refused before the image is read."""
    assert main([str(tmp_path / "none.png"), str(tmp_path), "--weights", str(tmp_path)]) == 1
    assert "engine.missing" in capsys.readouterr().err


def test_every_stage_has_its_picture(drawn: Draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One face gives six readable pictures with captions, a page that shows them, and its quality."""
    image = saved(tmp_path / "face.png", drawn((240, 240, 110)))
    assert main([str(image), str(tmp_path / "out")]) == 0
    written = sorted((tmp_path / "out").iterdir())
    assert [path.stem for path in written] == [
        "1-detection", "2-landmarks", "3-aligned", "4-portrait", "5-embedding", "6-quality", "index",
    ]  # fmt: skip
    for path in written[:-1]:
        picture = cv2.imread(str(path))
        assert picture is not None
        assert float(np.std(picture)) > 1
    assert "accepted true" in capsys.readouterr().out
