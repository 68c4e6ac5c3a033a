"""`./wangov biometrics evaluate`: the operator's door to the evaluation."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from biometrics.evaluation.protocol import Protocol
from biometrics.fingerprint.matcher import Mode
from enrollment.cli import evaluation as door
from enrollment.cli import register


@pytest.fixture
def wangov() -> click.Group:
    """The operator's command with the groups of this side."""
    application = Flask("wangov")
    register(application)
    return application.cli


def _ran(monkeypatch: pytest.MonkeyPatch, status: int) -> list[list[str]]:
    commands: list[list[str]] = []

    class Ended:
        def __init__(self, command: list[str], **_options: Any) -> None:
            commands.append(command)

        def wait(self) -> int:
            return status

    monkeypatch.setattr(subprocess, "Popen", Ended)
    return commands


REQUIRED = ["biometrics", "evaluate", "--modality", "finger", "--manifest", "m.csv", "--protocol", "all"]


@pytest.mark.parametrize("missing", ["--modality", "--manifest", "--protocol"])
def test_required_options(wangov: click.Group, missing: str) -> None:
    """What an evaluation cannot do without is asked for."""
    arguments = list(REQUIRED)
    place = arguments.index(missing)
    del arguments[place : place + 2]
    assert CliRunner().invoke(wangov, arguments).exit_code == 2


def test_engine_that_was_killed_is_told(wangov: click.Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """An evaluation that ends by a signal is a refusal of one document."""
    _ran(monkeypatch, -9)
    found = CliRunner().invoke(wangov, [*REQUIRED, "--json"])
    assert found.exit_code == 1
    assert json.loads(found.output) == {"error": "engine", "error_description": "the evaluation ended by signal 9"}


@pytest.mark.parametrize(
    "more",
    [
        ["--mirror"],
        ["--json", "--worst", "2"],
        ["--json", "--thresholds", "t.json"],
        ["--modality", "face", "--mode", "full"],
        ["--jobs", "0"],
    ],
)
def test_options_that_cannot_apply_are_usage_errors(
    wangov: click.Group, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    """They are told before an engine is started."""
    commands = _ran(monkeypatch, 0)
    assert CliRunner().invoke(wangov, [*REQUIRED, *more]).exit_code == 2
    assert commands == []


@pytest.mark.parametrize(
    ("given", "module", "handed"),
    [
        (["finger"], "biometrics.fingerprint.stages", []),
        (["face", "--prominent", "--policy", "login"], "biometrics.face.stages", ["--policy", "login", "--prominent"]),
    ],
)
def test_stage_pictures_have_a_door(
    wangov: click.Group, monkeypatch: pytest.MonkeyPatch, given: list[str], module: str, handed: list[str]
) -> None:
    """Image and folder are seen from here; the status is the process's."""
    commands = _ran(monkeypatch, 1)
    found = CliRunner().invoke(wangov, ["biometrics", "stages", "--modality", *given, "a.png", "out"])
    assert found.exit_code == 1
    assert commands == [[sys.executable, "-m", module, str(Path.cwd() / "a.png"), str(Path.cwd() / "out"), *handed]]


def test_stage_options_of_faces_are_not_for_fingers(wangov: click.Group) -> None:
    """They could not apply."""
    for more in (["--prominent"], ["--policy", "login"]):
        arguments = ["biometrics", "stages", "--modality", "finger", *more, "a.png", "out"]
        assert CliRunner().invoke(wangov, arguments).exit_code == 2


DOOR = """
import sys
from enrollment.cli import evaluation
evaluation.sys.executable = sys.argv[1]
sys.exit(evaluation._run("nothing", []))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_the_command_ends_the_engine(tmp_path: Path, number: signal.Signals) -> None:
    """A signal to the command alone reaches its process; the status is the shell's for it, and no calls are traced."""
    engine = tmp_path / "engine"
    engine.write_text("#!/bin/sh\necho $$\nexec sleep 60\n", encoding="ascii")
    engine.chmod(0o700)
    with subprocess.Popen(
        [sys.executable, "-c", DOOR, str(engine)],
        cwd=door.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as command:
        assert command.stdout is not None
        own = int(command.stdout.readline())
        command.send_signal(number)
        _, said = command.communicate(timeout=30)
    assert command.returncode == 128 + number
    assert said == b""
    with pytest.raises(ProcessLookupError):
        os.kill(own, 0)


@pytest.mark.parametrize("status", [0, 1])
def test_evaluation_runs_in_a_process_of_its_own(
    wangov: click.Group, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The options are handed on, paths as they are seen from here; the status is the process's."""
    commands = _ran(monkeypatch, status)
    more = ["--dataset", "a", "--dataset", "b", "--mode", "full", "--plot", "p.png", "--details", "--json"]
    assert CliRunner().invoke(wangov, [*REQUIRED, *more]).exit_code == status
    (command,) = commands
    assert command[:3] == [sys.executable, "-m", "biometrics.evaluation"]
    assert command[command.index("--manifest") + 1] == str(Path.cwd() / "m.csv")
    assert command[command.index("--plot") + 1] == str(Path.cwd() / "p.png")
    assert [command[place + 1] for place, word in enumerate(command) if word == "--dataset"] == ["a", "b"]
    assert command[-2:] == ["--details", "--json"]


def test_process_refuses_as_the_command_says(
    wangov: click.Group, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The real process answers; a manifest that is not there is its refusal."""
    arguments = [*REQUIRED]
    arguments[arguments.index("m.csv")] = str(tmp_path / "absent.csv")
    assert CliRunner().invoke(wangov, [*arguments, "--json"]).exit_code == 1
    said = capfd.readouterr().out
    assert json.loads(said)["error"] == "manifest"


def test_choices_are_those_of_the_engine() -> None:
    """The door, which must not load the engine, offers just what the engine knows."""
    assert set(door.PROTOCOLS) == {protocol.value for protocol in Protocol}
    assert set(door.MODES) == {mode.value for mode in Mode}
