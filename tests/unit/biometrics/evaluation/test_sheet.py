"""The one command behind docs/biometrics.md."""

import re
from pathlib import Path

import numpy as np
import pytest

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import load_calibration
from biometrics.evaluation import intervals, sheet
from biometrics.evaluation.sheet import BEGIN, DOCUMENT, END, main
from tests.unit.biometrics.evaluation.fake import FakeChoice

SETS = {
    "fingerprints": {"fvc2002_db1b": (10, 3), "socofing": (30, 1)},
    "faces": {"lfw": (20, 3), "orl": (10, 3)},
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder laid out as the command takes it, for an engine that is none."""
    monkeypatch.setattr(sheet, "choice_of", lambda *_arguments, **_more: FakeChoice())
    monkeypatch.setattr(sheet, "FOLDER", tmp_path)
    monkeypatch.setattr(intervals, "ROUNDS", 20)
    generator = np.random.default_rng(1)
    for kind, sets in SETS.items():
        (tmp_path / kind).mkdir()
        lines = ["path,subject_id,impression_id,dataset,attribute"]
        for dataset, (subjects, impressions) in sets.items():
            for subject in range(subjects):
                for number in range(impressions):
                    name = f"{dataset}_{subject}_{number}"
                    text = str(generator.normal(10 * subject, 1))
                    (tmp_path / kind / name).write_text(text, encoding="ascii")
                    lines.append(f"{name},{dataset}-{subject},{number},{dataset},{'mf'[subject % 2]}")
        (tmp_path / kind / "manifest.csv").write_text("\n".join(lines), encoding="ascii")
    return tmp_path


def _main(data: Path, *more: str) -> int:
    return main(["--data", str(data), "--made", "2026-01-31", "--synthetic", "0", *more])


@pytest.mark.parametrize("made", ["today", "2026-02-30", "26-01-31"])
def test_only_days_are_days(data: Path, made: str) -> None:
    """The day that stands beside every figure is one of the calendar."""
    with pytest.raises(SystemExit) as ended:
        _main(data, "--made", made)
    assert ended.value.code == 2


def test_folder_without_samples_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder is told and nothing is printed."""
    assert _main(tmp_path / "absent") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "manifest" in said.err


def test_nothing_is_written_unless_asked_for(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tables go to standard output; every row has as many cells as its table has columns."""
    before = DOCUMENT.read_bytes()
    assert _main(data) == 0
    assert DOCUMENT.read_bytes() == before
    assert not list(data.glob("*.json"))
    said = capsys.readouterr().out
    assert "| verify | 30 / 405 | 0 | " in said
    assert "measured 2026-01-31" in said
    for table in re.findall(r"(?:^\|.*\n)+", said, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_document_and_calibrations_are_written(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what stands between the marks is replaced, and calibrations lie under their engines' names."""
    document = data / "biometrics.md"
    document.write_text(f"# Before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(sheet, "DOCUMENT", document)
    assert _main(data, "--write") == 0
    text = document.read_text(encoding="utf-8")
    assert text == f"# Before\n{BEGIN}\n\n{capsys.readouterr().out}\n{END}\nafter\n"
    assert isinstance(load_calibration("fake-1", data), Calibration)


def test_document_has_the_marks() -> None:
    """The page has the place that the command writes to, once."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
