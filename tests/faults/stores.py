"""A PostgreSQL and a Valkey that belong to one run alone: it may kill them, fill their disk and start them again."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from embedded.account import postgres_programs, server_account
from embedded.folder import DataFolder
from embedded.output import Output
from embedded.part import Part
from embedded.postgres import Postgres, PostgresSettings
from embedded.process import Child, Command
from embedded.state import EmbeddedState
from embedded.stores import settled
from embedded.valkey import Valkey, ValkeySettings

__all__ = ["NoSmallDiskError", "SmallDisk", "Store", "Stores", "children_of"]

_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.02
_CLONE_NEWNS = 0x00020000


class NoSmallDiskError(Exception):
    """This run cannot have a disk of its own to fill; the text says why."""


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started itself and that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found.append(int(folder.name))
    return sorted(found)


class SmallDisk:
    """A file system of its own in memory, mounted where only this process and its children see it.

    It goes with the last of them, so nothing stays behind however the run ends. Raises `NoSmallDiskError` where
    mounting is not allowed; `reason_against` says so beforehand.
    """

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self._ballast = folder / "ballast"
        if reason := self.reason_against():
            raise NoSmallDiskError(reason)
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
            raise NoSmallDiskError(f"no mounts of its own: {os.strerror(ctypes.get_errno())}")
        folder.mkdir(parents=True, exist_ok=True)
        for command in (
            ["mount", "--make-rprivate", "/"],
            ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0711", "tmpfs", str(folder)],
        ):
            subprocess.run(command, capture_output=True, check=True)

    @staticmethod
    def reason_against() -> str | None:
        """Why this process cannot have one; None when it can."""
        if os.geteuid() != 0:
            return (
                "filling a disk takes a small file system of its own, which only root may mount: run this test as root"
            )
        command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"filling a disk takes a mount of its own: {tried.stderr.strip()}" if tried.returncode else None

    def fill(self) -> None:
        """Leave not a byte free."""
        with self._ballast.open("ab", buffering=0) as stream:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        stream.write(b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def clear(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)


class Store:
    """One store as its operator's supervisor sees it. Start it in the main thread: its life is tied to that thread."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._lines = io.StringIO()
        self._child: Child | None = None

    @property
    def log(self) -> str:
        """Everything it has written so far."""
        return self._lines.getvalue()

    @property
    def running(self) -> bool:
        """Whether its main process is there."""
        return self._child is not None and self._child.status() is None

    def start(self) -> None:
        """Start it, for the first time or after its end, and return once it does real work."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        if self._child is not None:
            self._child.sweep()
        first = self._part.prepare()
        if first is not None:
            preparing = self._launch(first)
            _wait(lambda: preparing.status() is not None, deadline, self)
            assert preparing.status() == 0, self.log
            preparing.sweep()
        while not self._begin(deadline):
            # What a kill left in memory or on the port goes a moment later; a supervisor tries again.
            time.sleep(0.1)

    def _begin(self, deadline: float) -> bool:
        """Launch the server; False when it ended before it did any work."""
        self._child = child = self._launch(self._part.command())
        _wait(lambda: child.status() is not None or self._part.problem() is None, deadline, self)
        if child.status() is not None:
            child.sweep()
        return child.status() is None

    def kill(self) -> None:
        """Kill all of its processes; none of them can do a last thing."""
        assert self._child is not None
        pids = [self._child.pid, *children_of(self._child.pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._child.sweep()

    def stop(self) -> None:
        """End it in good order."""
        child = self._child
        if child is None:
            return
        child.send(child.command.stop_signal)
        deadline = time.monotonic() + child.command.patience
        while child.status() is None and time.monotonic() < deadline:
            time.sleep(_STEP_SECONDS)
        child.sweep()
        self._part.clean_up()

    def _launch(self, command: Command) -> Child:
        return Child(self._part.name, command, Output(self._lines), lambda _: True)


class Stores:
    """Both stores in a folder of their own; with `small_disk` PostgreSQL's data lie on a disk that `disk` can fill."""

    def __init__(self, folder: Path, *, small_disk: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # The servers drop from root and must pass through.
        folder.chmod(0o711)
        self.folder = folder
        with DataFolder(folder / "data") as data:
            self.state: EmbeddedState = settled(data.prepare(port=0, issuer="http://localhost", embedded=True))
            data.save(self.state)
        home = self.state.home
        account = server_account()
        disk_home = home / "disk"
        disk_home.mkdir(mode=0o711, exist_ok=True)
        self.disk = SmallDisk(disk_home, 320) if small_disk else None
        ports, secrets = self.state.ports, self.state.secrets
        self.postgres = Store(
            Postgres(
                PostgresSettings(
                    home=disk_home, programs=postgres_programs(account, home), port=ports.postgres,
                    admin_password=secrets.postgres_admin, password=secrets.postgres, account=account,
                )
            )
        )  # fmt: skip
        self.valkey = Store(
            Valkey(ValkeySettings(home=home, port=ports.valkey, password=secrets.valkey, account=account))
        )

    def start(self) -> None:
        """Start both."""
        self.postgres.start()
        self.valkey.start()

    def stop(self) -> None:
        """End both and remove what they stored."""
        for store in (self.valkey, self.postgres):
            store.stop()
        if self.disk is not None:
            subprocess.run(["umount", "--lazy", str(self.state.home / "disk")], capture_output=True, check=False)
        shutil.rmtree(self.state.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _wait(condition: Callable[[], bool], deadline: float, store: Store) -> None:
    while not condition():
        assert time.monotonic() < deadline, f"the store did not start\n{store.log}"
        time.sleep(_STEP_SECONDS)
