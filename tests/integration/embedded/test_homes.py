"""Where the servers keep their data, and that it goes when it is told to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.account import can_reach, postgres_programs, server_account
from embedded.folder import DataFolder
from embedded.remove import remove_data
from embedded.state import load_state
from embedded.stores import settled
from tests.stack import ROOT

pytestmark = pytest.mark.integration


def remove(data: Path) -> subprocess.CompletedProcess[str]:
    """`make clean-data`, without make."""
    return subprocess.run(
        [sys.executable, "-m", "embedded.remove"],
        cwd=ROOT,
        env=os.environ | {"WANGOV_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_closed_folder_gets_a_home_elsewhere(tmp_path: Path) -> None:
    """Below a closed folder the servers' account finds its data in a private folder; both go together."""
    tmp_path.chmod(0o700)
    account = server_account()
    with DataFolder(tmp_path / "var") as folder:
        state = settled(folder.prepare(port=8000, issuer="http://localhost:8000", embedded=True))
        folder.save(state)
        assert can_reach(account, state.home)
        # An ordinary user's servers run under his own account and reach whatever he does.
        assert (state.home == state.data) == (account is None)
        assert settled(state).home == state.home
    assert remove(tmp_path / "var").returncode == 0
    assert not (tmp_path / "var").exists()
    assert not state.home.exists()


def test_programs_out_of_reach_are_copied(reachable: Path) -> None:
    """PostgreSQL runs from where its account can execute it; the copy brings its libraries along."""
    account = server_account()
    programs = postgres_programs(account, reachable)
    assert can_reach(account, programs / "postgres", programs / "initdb")
    version = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert "PostgreSQL" in version.stdout


def test_removing_leaves_what_is_not_ours(var: Path) -> None:
    """Only what runs have made is removed; a file of the operator's stays, and with it the folder."""
    with DataFolder(var) as folder:
        folder.prepare(port=8000, issuer="http://localhost:8000", embedded=True)
    (var / "notes.txt").write_text("mine", encoding="ascii")
    done = remove(var)
    assert done.returncode == 0
    assert [path.name for path in var.iterdir()] == ["notes.txt"]
    assert load_state(var) is None


def test_nothing_is_removed_under_a_running_server(var: Path) -> None:
    """While a supervisor holds the folder the answer is one message, and everything stays."""
    with DataFolder(var) as folder:
        state = folder.prepare(port=8000, issuer="http://localhost:8000", embedded=True)
        done = remove(var)
        assert done.returncode == 1
        assert done.stderr.startswith("make clean-data: already running")
        assert "Traceback" not in done.stderr
        assert state.root_key_file.exists()


def test_removing_nothing_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no run ever was, it says so."""
    from embedded.output import Output

    remove_data(tmp_path / "absent", Output(sys.stdout))
    assert "no data" in capsys.readouterr().out


def test_a_foreign_folder_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that no run made keeps what is in it, and nothing is called removed."""
    from embedded.output import Output

    kept = tmp_path / "letter.txt"
    kept.write_text("mine", encoding="ascii")
    remove_data(tmp_path, Output(sys.stdout))
    assert kept.read_text(encoding="ascii") == "mine"
    assert "nothing was removed" in capsys.readouterr().out
