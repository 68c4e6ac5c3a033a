"""The supervisor on parts that are a line of shell each."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded.errors import StartError
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.process import Child, Command, plain_environment, started_at
from embedded.supervisor import Supervisor
from tests.integration.embedded.small_checkout import Tree
from tests.stack import ROOT

pytestmark = pytest.mark.integration

FOREVER = "while :; do sleep 1; done"


@dataclass
class Line:
    """A part that is a line of shell, ready when its file is there."""

    script: str
    folder: Path
    name: str = "line"
    before: str = ""
    always_ready: bool = True
    patience: float = 5.0

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name.capitalize()

    def shell(self, script: str) -> Command:
        """A shell with that script."""
        return Command(
            argv=("/bin/sh", "-c", script), environment=plain_environment(self.folder), directory=self.folder,
            patience=self.patience,
        )  # fmt: skip

    def progress(self) -> str:
        """The line shown when it starts."""
        return f"{self.title}: starting ..."

    def prepare(self) -> Command | None:
        """What runs before."""
        return self.shell(self.before) if self.before else None

    def command(self) -> Command:
        """The line itself."""
        return self.shell(self.script)

    def problem(self) -> str | None:
        """None once it is ready."""
        return None if self.always_ready or (self.folder / "ready").exists() else "no file yet"

    def shows(self, line: str) -> bool:
        """Hides what begins with quiet."""
        return not line.startswith("quiet")

    def clean_up(self) -> None:
        """Leaves a trace."""
        (self.folder / f"cleaned-{self.name}").touch()


@pytest.fixture
def stream() -> io.StringIO:
    """What the terminal shows."""
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, stream: io.StringIO) -> Iterator[Supervisor]:
    """A supervisor with little patience."""
    supervisor = Supervisor(Output(stream), ProcessRecord(tmp_path / "processes.json"), timeout=2)
    yield supervisor
    supervisor.stop()


def test_a_part_is_prepared_started_and_stopped(supervisor: Supervisor, tmp_path: Path, stream: io.StringIO) -> None:
    """What must run before has ended before the part starts; the record names it while it runs."""
    part = Line(f"[ -e made ] && touch ready; {FOREVER}", tmp_path, before="touch made", always_ready=False)
    supervisor.start([part])
    assert stream.getvalue().splitlines() == ["Line: starting ...", "Line: ready"]
    (row,) = json.loads((tmp_path / "processes.json").read_text(encoding="utf-8"))
    assert started_at(row["pid"]) == row["started"]
    supervisor.stop()
    assert started_at(row["pid"]) is None
    assert (tmp_path / "cleaned-line").exists()
    assert json.loads((tmp_path / "processes.json").read_text(encoding="utf-8")) == []


def test_a_part_that_ends_while_starting_shows_why(supervisor: Supervisor, tmp_path: Path, stream: io.StringIO) -> None:
    """Lines that are kept out of the terminal are shown when the part ends."""
    with pytest.raises(StartError, match=r"^Line could not start \(exit status 7\)"):
        supervisor.start([Line("echo quiet but important; exit 7", tmp_path, always_ready=False)])
    assert "line       | quiet but important" in stream.getvalue()


def test_a_failed_preparation_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    """The part itself is never started."""
    with pytest.raises(StartError, match="could not be prepared"):
        supervisor.start([Line("touch started", tmp_path, before="exit 1")])
    assert not (tmp_path / "started").exists()


def test_a_full_disk_is_recognised(supervisor: Supervisor, tmp_path: Path) -> None:
    """Whatever a server says around it."""
    script = "echo 'FATAL: could not extend file: No space left on device'; exit 1"
    with pytest.raises(StartError, match="the disk is full"):
        supervisor.start([Line(script, tmp_path, always_ready=False)])


def test_a_part_that_never_answers_is_given_up(supervisor: Supervisor, tmp_path: Path) -> None:
    """The message says what was still missing."""
    with pytest.raises(StartError, match="did not answer in 2 seconds: no file yet"):
        supervisor.start([Line(FOREVER, tmp_path, always_ready=False)])


def test_a_failed_command_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    """A migration that fails is not passed over."""
    supervisor.run("migrate", Line("", tmp_path).shell("exit 0"))
    with pytest.raises(StartError, match=r"migrate failed \(exit status 3\)"):
        supervisor.run("migrate", Line("", tmp_path).shell("exit 3"))


def test_a_missing_program_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    """A wheel that is not there is not a traceback."""
    command = Command(argv=("/nowhere/postgres",), environment={}, directory=tmp_path)
    with pytest.raises(StartError, match="/nowhere/postgres is missing: run `make environment`"):
        supervisor.run("postgres", command)


def test_the_end_of_a_part_is_noticed(supervisor: Supervisor, tmp_path: Path, stream: io.StringIO) -> None:
    """Watching ends with status 1 and the reason."""
    supervisor.start([Line("sleep 0.3; exit 4", tmp_path), Line(FOREVER, tmp_path, name="other")])
    assert supervisor.watch() == 1
    assert "Line stopped unexpectedly (exit status 4)" in stream.getvalue()


def test_a_stubborn_part_is_killed_with_all_its_children(supervisor: Supervisor, tmp_path: Path) -> None:
    """A part that ignores the polite signal is killed after its patience, and its group with it."""
    script = f"trap '' TERM; ({FOREVER}) & echo $! > child; touch ready; {FOREVER}"
    supervisor.start([Line(script, tmp_path, always_ready=False, patience=0.3)])
    child = int((tmp_path / "child").read_text(encoding="ascii"))
    assert started_at(child) is not None
    begun = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begun < 3
    # The kernel ends a killed process in its own time: on one busy core that is after `stop` has returned.
    while started_at(child) is not None and time.monotonic() - begun < 10:
        time.sleep(0.01)
    assert started_at(child) is None


def test_later_stages_stop_first(supervisor: Supervisor, tmp_path: Path) -> None:
    """The provider has ended before its stores are asked to."""
    ending = "trap 'date +%s%N > ended-{0}; exit' TERM; touch up-{0}; while :; do sleep 0.05; done"
    for name in ("store", "provider"):
        supervisor.start([Line(ending.format(name), tmp_path, name=name)])
        while not (tmp_path / f"up-{name}").exists():
            assert supervisor.holds_parts
    supervisor.stop()
    provider, store = (int((tmp_path / f"ended-{name}").read_text(encoding="ascii")) for name in ("provider", "store"))
    assert provider < store


def test_what_an_earlier_run_left_is_ended(tmp_path: Path, stream: io.StringIO) -> None:
    """A recorded process that still runs is ended; a number that names another process now is left alone."""
    left = subprocess.Popen(["/bin/sh", "-c", FOREVER], start_new_session=True)
    mine = os.getpid()
    rows = [
        {"name": "left", "pid": left.pid, "started": started_at(left.pid), "signal": int(signal.SIGTERM)},
        {"name": "reused", "pid": mine, "started": 1, "signal": int(signal.SIGKILL)},
    ]
    (tmp_path / "processes.json").write_text(json.dumps(rows), encoding="utf-8")
    ProcessRecord(tmp_path / "processes.json").end_all(Output(stream))
    assert left.wait(timeout=5) == -signal.SIGTERM
    assert stream.getvalue().startswith("Ending left (process ")
    assert "reused" not in stream.getvalue()
    assert not (tmp_path / "processes.json").exists()


@pytest.mark.parametrize("content", ["", "{", "null", '[{"pid": "x"}]', "[1]"])
def test_a_broken_record_is_passed_over(tmp_path: Path, stream: io.StringIO, content: str) -> None:
    """A record that was cut off by a full disk does not keep the next start from happening."""
    (tmp_path / "processes.json").write_text(content, encoding="utf-8")
    ProcessRecord(tmp_path / "processes.json").end_all(Output(stream))
    assert not stream.getvalue()


def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """The kernel ends it, with the signal asked for, however its parent ends."""
    program = """
import os, signal, sys
from pathlib import Path
from embedded.output import Output
from embedded.process import Child, Command
script = "trap 'touch told; exit' INT; touch up; while :; do sleep 0.05; done"
command = Command(
    argv=("/bin/sh", "-c", script), environment={"PATH": os.environ["PATH"]}, directory=Path(sys.argv[1]),
    death_signal=signal.SIGINT,
)
child = Child("x", command, Output(), bool)
print(flush=True)
signal.pause()
"""
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        deadline = time.monotonic() + 10
        while not (tmp_path / "up").exists():
            assert time.monotonic() < deadline
        tree = Tree(parent.pid)
        parent.kill()
    assert not tree.wait_until_gone()
    assert (tmp_path / "told").exists()


def test_a_child_cannot_leave_its_memory_on_disk(tmp_path: Path, stream: io.StringIO) -> None:
    """No core file with secrets, no file that others can read, and signals as a server expects them."""
    command = Command(
        argv=("/bin/sh", "-c", "ulimit -c; umask; grep SigIgn /proc/self/status"), environment={"PATH": os.defpath},
        directory=tmp_path,
    )  # fmt: skip
    child = Child("limits", command, Output(stream), lambda _: True)
    while child.status() is None:
        assert child.pid
    child.flush()
    core, umask, ignored = list(child.tail)
    assert (core, umask) == ("0", "0077")
    assert int(ignored.split()[1], 16) & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGINT - 1)) == 0
