"""The command line of the evaluation."""

import json
import os
from pathlib import Path

import pytest

from biometrics.evaluation import arguments, command
from biometrics.evaluation.command import choice_of, main
from biometrics.evaluation.report import TARGETS
from biometrics.fingerprint.matcher import Mode
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


def test_each_mode_is_an_engine_of_its_own() -> None:
    """Fingers by mode, faces with or without mirror images: calibrations are told apart by just these names."""
    names = {choice_of("finger", mode.value).name for mode in Mode}
    names |= {choice_of("face", "", mirror=mirror).name for mirror in (False, True)}
    assert {name.rpartition("/")[2] for name in names} == {"verify", "full", "shortlist", "single", "mirror"}


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
    "wrong",
    [
        ["--modality", "iris"],
        ["--protocol", "some"],
        ["--mode", "fast"],
        ["--jobs", "0"],
        ["--jobs", "many"],
        ["--seed", "-1"],
        ["--worst", "-1"],
        ["--mirror"],
        ["--modality", "face", "--mode", "full"],
        ["--json", "--worst", "3"],
        ["--json", "--thresholds", "earlier.json"],
    ],
)
def test_unknown_choices_end_with_usage(manifest: Path, wrong: list[str]) -> None:
    """What is not offered, or cannot apply, is refused before anything runs."""
    with pytest.raises(SystemExit) as ended:
        main([*_arguments(manifest), *wrong])
    assert ended.value.code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fnmr": {"1e-2": 1, "1e-3": null}}'])
def test_document_without_thresholds_is_refused(manifest: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Thresholds come from a document of this command, or the command says that they do not."""
    given = manifest.parent / "given.json"
    given.write_text(text, encoding="ascii")
    assert main(_arguments(manifest, "--json", "--details", "--thresholds", str(given))) == 1
    assert "thresholds" in json.loads(capsys.readouterr().out)["error_description"]


@pytest.mark.parametrize(
    ("engine", "rate", "said"),
    [("fake-2", {"threshold": 1.0}, "'fake-2', not of 'fake-1'"), ("fake-1", None, "no thresholds in it")],
)
def test_thresholds_must_be_of_this_engine(
    manifest: Path, engine: str, rate: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A threshold of another engine, version or mode says nothing here; a document may have too few comparisons."""
    given = manifest.parent / "given.json"
    given.write_text(json.dumps({"engine": engine, "fnmr": dict.fromkeys(TARGETS, rate)}), encoding="ascii")
    assert main(_arguments(manifest, "--json", "--details", "--thresholds", str(given))) == 1
    assert said in json.loads(capsys.readouterr().out)["error_description"]


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
    assert [arguments.job_count(text) for text in ("1", "2", "64")] == [1, 2, 2]


def test_unwritable_picture_is_told(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the picture cannot be written the command says so before it measures anything."""
    monkeypatch.setattr(command, "evaluate", None)
    for place in (manifest.parent / "absent" / "det.png", manifest.parent):
        assert main(_arguments(manifest, "--json", "--plot", str(place))) == 1
        assert json.loads(capsys.readouterr().out)["error"] == "plot"


def test_figures_are_printed_though_the_picture_fails(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured is not lost to a full disk."""

    def full(*_arguments: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(command, "write", full)
    assert main(_arguments(manifest, "--json", "--plot", str(manifest.parent / "det.png"))) == 1
    said = capsys.readouterr()
    assert list(json.loads(said.out)) == KEYS
    assert "no space left" in said.err


def test_refused_samples_are_named(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which, and why: on standard error, and in the details."""
    (manifest.parent / "3_1").write_text("bad", encoding="ascii")
    assert main(_arguments(manifest, "--json", "--details")) == 0
    said = capsys.readouterr()
    assert said.err == "refused: 3_1 of 3: finger.none\n1 of 40 samples refused\n"
    found = json.loads(said.out)
    assert found["details"]["refused"] == [{"path": "3_1", "subject": "3", "reason": "finger.none", "offset": None}]
    assert found["details"]["identification"]["left_out_as_refused"] == 2
    assert found["details"]["identification"]["searches"] == 38


def test_nothing_compared_is_a_failure(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without one comparison the status is 1 and every rate null; at most twenty refused samples are named."""
    for path in manifest.parent.glob("*_*"):
        path.write_text("bad", encoding="ascii")
    assert main(_arguments(manifest, "--json", "--details")) == 1
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["eer"], found["failures_to_extract"], found["details"]["identification"]) == (None, 40, None)
    assert said.err.count("refused: ") == len(found["details"]["refused"]) == 20
    assert "40 of 40 samples refused" in said.err
    assert main(_arguments(manifest)) == 1
    assert "  identification: -\n" in capsys.readouterr().out


def test_progress_is_a_line_a_stage(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for, it goes to standard error though that is no terminal; otherwise nothing does."""
    main(_arguments(manifest, "--json", "--progress"))
    assert capsys.readouterr().err == "extracted 40 samples\ncompared 780 pairs\n"
    main(_arguments(manifest, "--json"))
    assert capsys.readouterr().err == ""


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
