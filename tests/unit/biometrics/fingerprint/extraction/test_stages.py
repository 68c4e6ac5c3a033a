from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.fingerprint.album import pages
from biometrics.fingerprint.drawing import Record, draw_template, stage_pictures
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.observation import Stage
from biometrics.fingerprint.stages import main
from tests.unit.biometrics.fingerprint.extraction.drawn import drawn_print


def written(image: NDArray[np.uint8], folder: Path) -> Path:
    """The image as a file."""
    path = folder / "finger.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return path


def test_a_refused_image_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails with the reason's code and advice, and still writes the stages that were reached."""
    grey = np.random.default_rng(1).integers(0, 256, (300, 300), dtype=np.uint8)
    record = Record()
    assert isinstance(extract(grey, observe=record), Refused)
    assert Stage.NORMALISED in record.stages
    assert Stage.MINUTIAE not in record.stages
    pictures = stage_pictures(record.stages)
    assert any(name.endswith("normalised") for name in pictures)
    assert main([str(written(np.full((300, 300), 200, np.uint8), tmp_path)), str(tmp_path / "out")]) == 1
    assert "advice" in capsys.readouterr().err


def test_files_that_cannot_be_used_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No image, a folder for one, and a file where the pictures should go: told, without a trace of calls."""
    image = written(drawn_print(), tmp_path)
    for arguments in ((tmp_path / "absent", tmp_path), (tmp_path, tmp_path / "out"), (image, image)):
        assert main([str(path) for path in arguments]) == 1
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)


def test_every_stage_has_its_page() -> None:
    """A caption for each, a scale bar, and the meaning of the colours where minutiae are drawn."""
    record = Record()
    image = drawn_print()
    template = extract(image, observe=record)
    assert not isinstance(template, Refused)
    album = pages(record.stages, image, template)
    assert [page.name for page in album] == [*stage_pictures(record.stages), f"{len(Stage):02d}-template"]
    assert all(page.caption and page.bar for page in album)
    assert [page.name[3:] for page in album if page.legend] == ["candidates", "minutiae", "template"]


def test_every_stage_is_observed_in_order() -> None:
    """A print that is accepted tells every stage, each once, in the order of their names' list."""
    record = Record()
    extract(drawn_print(), observe=record)
    assert list(record.stages) == list(Stage)


def test_watching_changes_nothing() -> None:
    """The template is the same with and without an observer."""
    alone, watched = extract(drawn_print()), extract(drawn_print(), observe=Record())
    assert not isinstance(alone, Refused)
    assert not isinstance(watched, Refused)
    assert np.array_equal(alone.x, watched.x)
    assert np.array_equal(alone.quality, watched.quality)


def test_every_stage_can_be_drawn() -> None:
    """Each observed stage gives one colour picture that is not of one colour."""
    record = Record()
    extract(drawn_print(), observe=record)
    pictures = stage_pictures(record.stages)
    assert len(pictures) == len(Stage)
    for name, picture in pictures.items():
        assert picture.dtype == np.uint8, name
        assert picture.ndim == 3, name
        assert picture.std() > 1, name


def test_minutiae_are_drawn_where_they_are() -> None:
    """The picture of a template differs from the one without minutiae around each minutia."""
    image = drawn_print(noise=0)
    template = extract(image)
    assert not isinstance(template, Refused)
    picture = draw_template(image, template)
    colourful = picture.max(axis=2).astype(int) - picture.min(axis=2)
    for x, y in zip(template.x, template.y, strict=True):
        row, column = round(float(2 * y)), round(float(2 * x))
        assert colourful[row - 10 : row + 11, column - 10 : column + 11].max() > 50


def test_the_command_writes_a_picture_of_each_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One readable PNG for each stage and one of the template, a page of them, the quality on standard output."""
    assert main([str(written(drawn_print(), tmp_path)), str(tmp_path / "out")]) == 0
    files = sorted((tmp_path / "out").glob("*.png"))
    assert len(files) == len(Stage) + 1
    assert all(cv2.imread(str(path)) is not None for path in files)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert [f'src="{path.name}"' in page for path in files] == [True] * len(files)
    assert "<script" not in page
    assert "quality" in capsys.readouterr().out
