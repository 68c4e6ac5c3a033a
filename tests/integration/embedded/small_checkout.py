"""A checkout in miniature, for runs of the supervisor: a provider that counts, two demo services that say hello."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from embedded.ports import free_ports, is_free
from embedded.process import started_at
from embedded.state import EmbeddedState, load_state
from tests.stack import ROOT

__all__ = ["RunningCheckout", "Tree", "make_checkout", "three_ports"]

_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.05

_PROVIDER = """
import json, os, pathlib, signal, sys
import click, flask, psycopg
from flask.cli import AppGroup

# Read once, as the provider does: a server may take settings out of the environment afterwards.
SETTINGS = {name: value for name, value in os.environ.items() if name.startswith("WANGOV_")}

def connect():
    return psycopg.connect(SETTINGS["WANGOV_DATABASE_URL"], autocommit=True)

def create_app():
    app = flask.Flask("small")
    db, keys, demo = AppGroup("db"), AppGroup("keys"), AppGroup("demo")

    @app.get("/health/ready")
    def ready():
        return "ready"

    @app.get("/notes")
    def notes():
        with connect() as c:
            return dict(c.execute("SELECT what, count(*) FROM notes GROUP BY what").fetchall())

    @app.get("/environment")
    def environment():
        return SETTINGS

    @db.command()
    def upgrade():
        if os.environ.get("SMALL_FAILS"):
            click.echo("this migration cannot be done", err=True)
            sys.exit(3)
        with connect() as c:
            c.execute("CREATE TABLE IF NOT EXISTS notes (what text)")
            c.execute("CREATE TABLE IF NOT EXISTS marks (what text)")
            c.execute("INSERT INTO notes VALUES ('migrated')")

    @demo.command()
    def load():
        with connect() as c:
            c.execute("INSERT INTO notes VALUES ('demo')")

    @keys.command()
    def init():
        pass

    @click.command()
    def worker():
        click.echo("worker: takes jobs")
        signal.pause()

    app.cli.add_command(worker)
    app.cli.add_command(db)
    app.cli.add_command(keys)
    app.cli.add_command(demo)
    return app

create_server_app = create_app
"""

_SERVICE = """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = "\\n".join(sorted(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["DEMO_PORT"])), Hello).serve_forever()
"""

_START = (
    "import os, sys; from pathlib import Path; from embedded.run import main;"
    "sys.exit(main(sys.argv[2:], os.environ, Path(sys.argv[1])))"
)


def make_checkout(folder: Path) -> Path:
    """Write the miniature into `folder`."""
    (folder / "examples").mkdir(parents=True)
    (folder / "wsgi.py").write_text(_PROVIDER, encoding="utf-8")
    (folder / "examples" / "__init__.py").touch()
    for name in ("tax", "clinic"):
        (folder / "examples" / f"{name}.py").write_text(_SERVICE, encoding="utf-8")
    return folder


def three_ports() -> int:
    """A free port with two free ones above it."""
    while True:
        (port,) = free_ports(1)
        if is_free(port + 1) and is_free(port + 2):
            return port


class Tree:
    """A process and everything below it, at one moment."""

    def __init__(self, root: int) -> None:
        below: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (parent := _parent(int(entry.name))) is not None:
                below.setdefault(parent, []).append(int(entry.name))
        found, waiting = [], [root]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += below.get(pid, [])
        self.members = {pid: started for pid in found if (started := started_at(pid)) is not None}

    def alive(self) -> list[int]:
        """Those of them that still run."""
        return [pid for pid, started in self.members.items() if started_at(pid) == started]

    def wait_until_gone(self, seconds: float = 20.0) -> list[int]:
        """Wait for all to end; those that have not by then."""
        deadline = time.monotonic() + seconds
        while (left := self.alive()) and time.monotonic() < deadline:
            time.sleep(_STEP_SECONDS)
        return left


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])


class RunningCheckout:
    """`make run` on a miniature, without make. `settings` are the choices; `data` is its data folder."""

    def __init__(self, checkout: Path, data: Path, *, settings: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.port = port or three_ports()
        self.data = data
        self._log = data.with_name(f"{data.name}-{self.port}.log")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WANGOV_")}
        environment = inherited | {
            "PORT": str(self.port), "WANGOV_DATA": str(data), "WANGOV_WORKERS": "1", "PYTHONPATH": str(ROOT),
            **(settings or {}),
        }  # fmt: skip
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _START, str(checkout), "--tied"],
                cwd=checkout, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8")

    @property
    def state(self) -> EmbeddedState:
        """Its state file."""
        state = load_state(self.data)
        assert state is not None
        return state

    def wait_until_served(self) -> Tree:
        """Wait for the line that says it serves; everything that runs then."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "WanGov ID serves" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(_STEP_SECONDS)
        return Tree(self.process.pid)

    def part(self, name: str) -> int:
        """The number of one part's main process."""
        match = re.search(
            rf'"name": "{name}", "pid": (\d+)', (self.data / "processes.json").read_text(encoding="utf-8")
        )
        assert match
        return int(match[1])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=_PATIENCE_SECONDS)
