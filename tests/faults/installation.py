"""A whole installation that may be broken: two stores of its own, wires to them, the provider under a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embedded.state import EmbeddedState
from tests.faults.stores import Stores, children_of
from tests.live import SHIPPED_PATIENCE, LiveServer, MovableClock
from tests.protocol.forwarder import Forwarder
from tests.protocol.provider import Provider
from tests.stack import ROOT, Stack

__all__ = ["AGE_SECONDS", "Installation"]

SETTINGS = {"WANGOV_TRUSTED_PROXIES": "1", "WANGOV_ADDRESS_TRIES": "1000000", **SHIPPED_PATIENCE}
AGE_SECONDS = 2 * 86_400.0
_NAME = "faults"
_PATIENCE_SECONDS = 30.0
_STEP_SECONDS = 0.02


class _PrivateStack(Stack):
    """The stack that a `LiveServer` asks for, on the stores of one run."""

    __slots__ = ()

    def wait_for(self, stage: str) -> None:
        """The stores are up before anybody asks."""

    def live_clone(self, name: str) -> str:
        """The address of a new, migrated database."""
        address = self.create(name, "template0")
        environment = self.settings(database_url=address, issuer="http://localhost", redis_prefix="migration")
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            cwd=ROOT, env=environment, capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        return address


class Installation:
    """Stores, wires, provider. With `wires` the provider reaches its stores over them, else directly.

    Start it in the main thread. `provider` is what operators and relying parties see of it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        server: str = "gunicorn",
        wires: bool = True,
        small_disk: bool = False,
        workers: int = 2,
        threads: int = 32,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.stores = Stores(folder / "stores", small_disk=small_disk)
        self.clock = MovableClock(_made(folder) / "offset")
        self.workers = workers
        self.postgres_wire: Forwarder | None = None
        self.valkey_wire: Forwarder | None = None
        try:
            self.stores.start()
            stack = _PrivateStack(self.stores.folder)
            own = {**SETTINGS, **(self._wired(stack) if wires else {}), **(settings or {})}
            # An installation that has run for a while: its keys were there before any clock goes wrong.
            self.clock.advance(-AGE_SECONDS)
            self.live = LiveServer(
                stack, _made(folder / "live"), self.clock, _NAME,
                server=server, settings=own, workers=workers, threads=threads, keyed=False,
            )  # fmt: skip
            self.clock.reset()
        except BaseException:
            self.stores.stop()
            raise
        self.provider = Provider(self.live)

    @property
    def state(self) -> EmbeddedState:
        """Ports and secrets of the stores."""
        return self.stores.state

    @property
    def database_name(self) -> str:
        """The provider's database."""
        return _NAME

    @property
    def wires(self) -> tuple[Forwarder, Forwarder]:
        """The wires to PostgreSQL and to Valkey."""
        assert self.postgres_wire is not None
        assert self.valkey_wire is not None
        return self.postgres_wire, self.valkey_wire

    def worker_pids(self) -> list[int]:
        """The web server's worker processes."""
        return [pid for pid in children_of(self.live.pid) if b"resource_tracker" not in _command_line(pid)]

    def kill_worker(self, number: int) -> int:
        """Kill one worker (counted round) and return which; it can do no last thing."""
        pids = self.worker_pids()
        pid = pids[number % len(pids)]
        os.kill(pid, signal.SIGKILL)
        return pid

    def reload(self) -> None:
        """Ask the web server for new workers, as `systemctl reload` does."""
        os.kill(self.live.pid, signal.SIGHUP)

    def wait_for_workers(self, *, others_than: frozenset[int] = frozenset()) -> None:
        """Return when as many workers run as there should be, none of `others_than` among them."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            pids = self.worker_pids()
            if len(pids) == self.workers and others_than.isdisjoint(pids):
                return
            assert time.monotonic() < deadline, f"the workers were not replaced\n{self.live.log[-2000:]}"
            time.sleep(_STEP_SECONDS)

    def health(self) -> dict[str, Any]:
        """What the provider says of itself."""
        document: dict[str, Any] = self.live.get("/health/ready").json()
        return document

    def stop(self) -> None:
        """End everything and remove what it stored."""
        for wire in (self.postgres_wire, self.valkey_wire):
            if wire is not None:
                wire.mend()
        try:
            self.provider.console.close()
            self.live.stop()
        finally:
            for wire in (self.postgres_wire, self.valkey_wire):
                if wire is not None:
                    wire.cut()
            self.stores.stop()

    def _wired(self, stack: Stack) -> dict[str, str]:
        self.postgres_wire = Forwarder(stack.state.ports.postgres)
        self.valkey_wire = Forwarder(stack.state.ports.valkey)
        return {
            "WANGOV_DATABASE_URL": _through(stack.address(_NAME), self.postgres_wire),
            "WANGOV_REDIS_URL": _through(stack.state.redis_url, self.valkey_wire),
        }


def _through(address: str, wire: Forwarder) -> str:
    return address.replace(f":{urlsplit(address).port}/", f":{wire.port}/")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"resource_tracker"
