"""The command line of the evaluation."""

import json
import os
from pathlib import Path

import pytest

from biometrics.evaluation import command
from biometrics.evaluation.command import main
from tests.unit.biometrics.evaluation.fake import FakeChoice, LostChoice
from tests.unit.biometrics.evaluation.test_report import KEYS


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """20 subjects of two impressions for an engine that is none."""
    monkeypatch.setattr(command, "choice_of", lambda _modality, _mode, **_more: FakeChoice())
    lines = ["path,subject_id,impression_id,dataset,attribute"]
    for subject in range(20):
        for number in range(2):
            (tmp_path / f"{subject}_{number}").write_text(str(10 * subject + number), encoding="ascii")
            lines.append(f"{subject}_{number},{subject},{number},fake,")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines), encoding="ascii")
    return path


def _arguments(manifest: Path, *more: str) -> list[str]:
    return ["--modality", "finger", "--manifest", str(manifest), "--protocol", "all", *more]


def test_unusable_manifest_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is JSON with --json and a line on standard error without; the status is 1."""
    assert main(_arguments(tmp_path / "absent.csv", "--json")) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "manifest"
    assert main(_arguments(tmp_path / "absent.csv")) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.partition(":")[0]) == ("", "manifest")


@pytest.mark.parametrize(
    "wrong", [["--modality", "iris"], ["--protocol", "some"], ["--mode", "fast"], ["--jobs", "0"], ["--jobs", "many"]]
)
def test_unknown_choices_end_with_usage(manifest: Path, wrong: list[str]) -> None:
    """What is not offered is refused before anything runs."""
    with pytest.raises(SystemExit) as ended:
        main([*_arguments(manifest), *wrong])
    assert ended.value.code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fnmr": {"1e-2": 1, "1e-3": null}}'])
def test_document_without_thresholds_is_refused(manifest: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Thresholds come from a document of this command, or the command says that they do not."""
    given = manifest.parent / "given.json"
    given.write_text(text, encoding="ascii")
    assert main(_arguments(manifest, "--json", "--thresholds", str(given))) == 1
    assert "thresholds" in json.loads(capsys.readouterr().out)["error_description"]


@pytest.mark.parametrize(("jobs", "said"), [(1, "no weights"), (2, "worker process")])
def test_lost_engine_is_told(
    manifest: Path, jobs: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An engine that cannot be loaded, here or in a worker, is a refusal and no trace of calls."""
    monkeypatch.setattr(command, "choice_of", lambda *_arguments, **_more: LostChoice())
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert main(_arguments(manifest, "--json", "--jobs", str(jobs))) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["error"] == "engine"
    assert said in found["error_description"]


def test_no_more_processes_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for more only slows the machine down."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert [command.job_count(text) for text in ("1", "2", "64")] == [1, 2, 2]


def test_unwritable_picture_is_told(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the picture cannot be written the command fails and says so."""
    assert main(_arguments(manifest, "--json", "--plot", str(manifest.parent / "absent" / "det.png"))) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "plot"


def test_document_and_picture(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document with the agreed members on standard output, and the picture beside."""
    picture = manifest.parent / "det.png"
    assert main(_arguments(manifest, "--json", "--plot", str(picture))) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert (found["genuine"], found["impostor"], found["eer"]) == (20, 760, 0.0)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_details_and_thresholds_of_an_earlier_run(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Details are a member of their own; thresholds of an earlier document are tried on these samples."""
    main(_arguments(manifest, "--json"))
    earlier = manifest.parent / "earlier.json"
    earlier.write_text(capsys.readouterr().out, encoding="ascii")
    assert main(_arguments(manifest, "--json", "--details", "--thresholds", str(earlier))) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [*KEYS, "details"]
    assert found["details"]["given_thresholds"] == {"1e-2": {"threshold": -1.0, "fmr": 0.0, "fnmr": 0.0}}


def test_plain_text_tells_the_same(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json every member is a line, details included."""
    assert main(_arguments(manifest)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "eer: 0" in lines
    assert "  rank_1: 1" in [line[2:] for line in lines]
