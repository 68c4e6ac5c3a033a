"""What prevents a run is one message, not a traceback, and leaves nothing running."""

import socket
from pathlib import Path

import pytest

from embedded.folder import DataFolder
from tests.integration.embedded.small_checkout import RunningCheckout, make_checkout, three_ports

pytestmark = pytest.mark.integration


def refused(run: RunningCheckout) -> str:
    """The one line with which a run ends that could not start."""
    assert run.process.wait(timeout=60) == 1
    assert "Traceback" not in run.log
    last = run.log.splitlines()[-1]
    assert last.startswith("make run: ")
    return last


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_busy_port_is_named(checkout: Path, var: Path, step: int) -> None:
    """The provider's port and those of the demo services are checked before anything starts."""
    port = three_ports()
    with socket.create_server(("127.0.0.1", port + step)):
        text = refused(RunningCheckout(checkout, var, port=port))
    assert f"port {port + step} " in text
    assert "PORT=NUMBER" in text
    assert not (var / "postgres").exists()


def test_a_second_start_names_the_first(checkout: Path, var: Path) -> None:
    """The data folder is held by one supervisor; the second says where the first serves."""
    with DataFolder(var) as first:
        first.note_owner("http://localhost:8000, process 1")
        text = refused(RunningCheckout(checkout, var))
    assert "already running" in text
    assert "http://localhost:8000" in text


def test_half_of_the_operators_stores_is_refused(checkout: Path, var: Path) -> None:
    """The missing settings are named."""
    run = RunningCheckout(checkout, var, settings={"WANGOV_REDIS_URL": "redis://elsewhere"})
    assert "WANGOV_DATABASE_URL" in refused(run)


def test_a_failed_migration_stops_the_stores(checkout: Path, var: Path) -> None:
    """What the migration said is shown, then the reason; the next start can go on from there."""
    run = RunningCheckout(checkout, var, settings={"SMALL_FAILS": "yes"})
    text = refused(run)
    assert "migrate failed (exit status 3)" in text
    assert "this migration cannot be done" in run.log
    assert (var / "processes.json").read_text(encoding="utf-8") == "[]"


def test_a_missing_demo_service_is_named(checkout: Path, var: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A part that cannot start shows its last lines and is named."""
    broken = make_checkout(tmp_path_factory.mktemp("broken") / "small")
    (broken / "examples" / "clinic.py").unlink()
    run = RunningCheckout(broken, var)
    assert run.process.wait(timeout=60) == 1
    assert run.log.splitlines()[-1] == (
        "make run: Clinic appointments could not start (exit status 1); its last lines are above."
    )
    assert "No module named examples.clinic" in run.log


def test_a_folder_that_cannot_be_written_is_named(checkout: Path, var: Path) -> None:
    """Not even root may write there."""
    run = RunningCheckout(checkout, var, settings={"WANGOV_DATA": "/proc/wangov"})
    assert "cannot write to /proc/wangov" in refused(run)
