"""`./wangov biometrics evaluate`: the operator's door to the evaluation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from biometrics.evaluation.protocol import Protocol
from biometrics.fingerprint.matcher import Mode
from enrollment.cli import evaluation as door
from enrollment.cli import register


class _Application:
    def __init__(self) -> None:
        self.cli = click.Group("wangov")


@pytest.fixture
def wangov() -> click.Group:
    """The operator's command with the groups of this side."""
    application = _Application()
    register(application)
    return application.cli


def _ran(monkeypatch: pytest.MonkeyPatch, status: int) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", run)
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
