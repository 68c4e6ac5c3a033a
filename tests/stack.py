"""One private stack of servers for a test run, shared by its workers, gone with the run.

The process that runs pytest starts a keeper (`python -m tests.stack FOLDER`) which sleeps until a test first asks
for a server. It then starts PostgreSQL and Valkey, makes a template database by the migrations, and starts the S3
server. It ends, with everything it started and stored, when the run does, however that ends.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from embedded.errors import StartError, StopRequestedError
from embedded.folder import DataFolder
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.postgres import ADMIN
from embedded.process import Command
from embedded.state import EmbeddedState, environment, load_state
from embedded.stores import settled, stores
from embedded.supervisor import Supervisor

__all__ = ["Keeper", "Stack"]

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE, LIVE_TEMPLATE = "wangov_template", "wangov_live_template"
_PATIENCE_SECONDS = 120.0
_STEP_SECONDS = 0.05
_SHOWN_LINES = 12
# Servers that live as long as the run keep up to forty each in their pools, and every worker of the run has a dozen.
_CONNECTIONS = 1500
# What is ready, in this order; a file of that name holds nothing when it is, or the reason why it never will be.
SERVERS, MIGRATED, KEYED, OBJECTS = "servers", "migrated", "keyed", "objects"
_OWNER = "wangov"


class StackError(Exception):
    """The servers that tests need did not start."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The run's servers as a worker sees them; `folder` is the keeper's."""

    folder: Path

    @property
    def state(self) -> EmbeddedState:
        """Ports and secrets of the servers."""
        state = load_state(self.folder / "data")
        if state is None:
            raise StackError("the servers have no state file")
        return state

    def wait_for(self, stage: str) -> None:
        """Ask for the servers and wait until they are as far as `stage`."""
        __tracebackhide__ = True
        (self.folder / "wanted").touch()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        mark = self.folder / stage
        while not mark.exists():
            if time.monotonic() > deadline or not self.folder.exists():
                raise StackError(f"the test servers did not get as far as {stage!r}{_last_lines(self.folder)}")
            time.sleep(_STEP_SECONDS)
        if reason := mark.read_text(encoding="utf-8"):
            raise StackError(reason)

    def admin(self) -> psycopg.Connection[tuple[object, ...]]:
        """PostgreSQL as its superuser."""
        state = self.state
        return psycopg.connect(
            host="127.0.0.1", port=state.ports.postgres, user=ADMIN, password=state.secrets.postgres_admin,
            dbname=ADMIN, autocommit=True,
        )  # fmt: skip

    def clone(self, name: str) -> str:
        """The address of a new database of that name, a copy of the migrated template."""
        __tracebackhide__ = True
        self.wait_for(MIGRATED)
        return self.create(name, TEMPLATE)

    def live_clone(self, name: str) -> str:
        """As `clone`, with the keys in it that a provider needs to start."""
        __tracebackhide__ = True
        self.wait_for(KEYED)
        return self.create(name, LIVE_TEMPLATE)

    def create(self, name: str, template: str) -> str:
        """The address of a new database of that name, a copy of `template`."""
        # Files are copied as they are: a third of the work of writing them to the log, from which nothing is recovered.
        statement = "CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY"
        with self.admin() as connection:
            connection.execute(
                sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template), sql.Identifier(_OWNER))
            )
        return self.address(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def address(self, name: str) -> str:
        """The address of the database of that name, as its owner."""
        return self.state.database_url.rpartition("/")[0] + "/" + name

    def settings(self, *, database_url: str, issuer: str, redis_prefix: str) -> dict[str, str]:
        """The environment of a process of the provider on these servers, none of the caller's settings in it."""
        state = self.state
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "FLASK_SKIP_DOTENV": "1",
            **environment(state),
            "WANGOV_ENVIRONMENT": "test",
            "WANGOV_EMBEDDED": "false",
            "WANGOV_DATABASE_URL": database_url,
            "WANGOV_REDIS_PREFIX": redis_prefix,
            "WANGOV_ISSUER": issuer,
            # The tests share a few processors: only those of faults ask how soon a store is given up.
            "WANGOV_DATABASE_TIMEOUT_SECONDS": "15",
            "WANGOV_REDIS_TIMEOUT_SECONDS": "10",
        }


class Keeper:
    """The keeper as the process sees it that runs pytest."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wangov-tests-"))
        # The servers drop from root and must pass through.
        self.folder.chmod(0o711)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.stack", str(self.folder)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """End the keeper and everything of it. Ctrl-C does not shorten this: nothing may stay behind."""
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            signal.signal(signal.SIGINT, previous)


def keep(folder: Path) -> None:
    """The keeper's whole life."""
    output = Output()
    supervisor = Supervisor(output, ProcessRecord(folder / "processes.json"), verbose=True)
    supervisor.take_signals(tied_to_parent=True)
    home: Path | None = None
    try:
        supervisor.wait_until((folder / "wanted").exists)
        with DataFolder(folder / "data") as data:
            state = settled(data.prepare(port=0, issuer="http://localhost", embedded=True))
            data.save(state)
            home = state.home
            _serve(folder, state, supervisor)
    except StopRequestedError:
        pass
    except StartError as error:
        for stage in (SERVERS, MIGRATED, KEYED, OBJECTS):
            _mark(folder, stage, f"{error}{_last_lines(folder)}")
        with contextlib.suppress(StopRequestedError):
            supervisor.wait_until(lambda: False)
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)


def _serve(folder: Path, state: EmbeddedState, supervisor: Supervisor) -> None:
    postgres, valkey, objects = stores(state, durable=False, connections=_CONNECTIONS)
    supervisor.start([postgres, valkey])
    stack = Stack(folder)
    _mark(folder, SERVERS)
    objects_ready = supervisor.start_aside([objects])
    try:
        supervisor.run("migrate", _flask(stack, stack.create(TEMPLATE, "template0"), "db", "upgrade"))
        _mark(folder, MIGRATED)
        supervisor.run("keys", _flask(stack, stack.create(LIVE_TEMPLATE, TEMPLATE), "keys", "init"))
        _mark(folder, KEYED)
    except StartError as error:
        for stage in (MIGRATED, KEYED):
            _mark(folder, stage, f"{error}{_last_lines(folder)}")
    objects_ready()
    _mark(folder, OBJECTS)
    supervisor.watch()


def _flask(stack: Stack, address: str, *arguments: str) -> Command:
    return Command(
        argv=(sys.executable, "-m", "flask", "--app", "wsgi", *arguments),
        environment=stack.settings(database_url=address, issuer="http://localhost", redis_prefix="template"),
        directory=ROOT,
    )


def _last_lines(folder: Path) -> str:
    try:
        lines = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n" + "\n".join(lines[-_SHOWN_LINES:])


def _mark(folder: Path, stage: str, reason: str = "") -> None:
    """Say that a stage is reached, or why it never will be; the first word stands."""
    if (folder / stage).exists():
        return
    fresh = folder / f"{stage}.new"
    fresh.write_text(reason, encoding="utf-8")
    fresh.rename(folder / stage)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    keep(Path(sys.argv[1]))
