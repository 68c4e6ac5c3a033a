"""What both web servers do with their processes, seen on a small application and on the provider."""

from __future__ import annotations

import functools
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.accounting import pss_mib
from embedded.apps import WebSettings, web_argv
from embedded.output import Output
from embedded.ports import free_ports
from embedded.process import Child, Command
from tests.front.fronted import Fronted
from tests.front.reloading import children, reload
from tests.front.small import BROKEN
from tests.front.users import Users, mixed
from tests.live import LiveServer
from tests.protocol.provider import Provider
from tests.stack import ROOT

SERVERS = ["gunicorn", "granian"]
WORKERS = 2
PATIENCE_SECONDS = 30.0
MOST_MIB = 90


@dataclass
class Small:
    """The small application under a server."""

    server: str
    port: int
    broken: Path
    child: Child
    lines: io.StringIO

    def ask(self) -> dict[str, Any]:
        """What a worker tells of itself, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return told


def _command(server: str, port: int, folder: Path) -> Command:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "WANGOV_SMALL_SECRET": "known at the start",
        BROKEN: str(folder / "broken"),
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    settings = WebSettings(
        root=ROOT, server=server, port=port, workers=WORKERS, threads=4, environment=environment, metrics=folder,
        application="tests.front.small:make",
    )  # fmt: skip
    return Command(argv=web_argv(settings), environment=environment, directory=ROOT)


@pytest.fixture(scope="module", params=SERVERS)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The small application under each server."""
    folder = tmp_path_factory.mktemp("small")
    (port,) = free_ports(1)
    lines = io.StringIO()
    child = Child("small", _command(request.param, port, folder), Output(lines), lambda _: True)
    small = Small(request.param, port, folder / "broken", child, lines)
    _until(lambda: _answers(small) and len(children(child.pid)) == WORKERS)
    yield small
    child.send(signal.SIGTERM)
    _until(lambda: child.status() is not None)
    child.sweep()


def test_settings_are_forgotten_once_read(small: Small) -> None:
    """No setting is in a worker's environment, nor in what the server tells the application of a request."""
    told = small.ask()
    assert told["settings"] == "known at the start"
    assert not [name for name in told["environment"] + told["request"] if name.startswith("WANGOV_")]


def test_a_worker_is_warm_before_it_is_asked(small: Small) -> None:
    """The first request of a worker is the one for its readiness, by the server itself."""
    assert small.ask()["first"] == "/health/ready"


def test_reload_reads_settings_and_code_anew(small: Small) -> None:
    """SIGHUP: other workers, the same main process, no request refused meanwhile."""
    before = small.ask()
    reload(small.child.pid, WORKERS)
    after = small.ask()
    assert after["pid"] != before["pid"]
    assert after["parent"] == before["parent"] == small.child.pid
    assert after["settings"] == "known at the start"


def test_code_that_does_not_start_does_not_replace_what_serves(small: Small) -> None:
    """A reload that must fail is told, and the old workers go on; the next one succeeds."""
    old = children(small.child.pid)
    said = len(small.lines.getvalue())
    small.broken.touch()
    os.kill(small.child.pid, signal.SIGHUP)
    _until(lambda: "goes on serving" in small.lines.getvalue()[said:])
    assert small.ask()["pid"] in old
    small.broken.unlink()
    _until(lambda: children(small.child.pid) == old)
    reload(small.child.pid, WORKERS)
    assert small.ask()["pid"] not in old


def test_a_killed_worker_is_replaced(small: Small) -> None:
    """Twice in a row: a new worker serves, the server stays."""
    for _ in range(2):
        killed = small.ask()["pid"]
        os.kill(killed, signal.SIGKILL)
        _until(functools.partial(_replaced, small, killed))
        _until(lambda: _answers(small))
    assert small.child.status() is None


def test_busy_port_is_refused_by_granian(tmp_path: Path) -> None:
    """A port that somebody shares, as granian itself would, is not joined: it says so and ends."""
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        command = _command("granian", port, tmp_path)
        second = subprocess.run(
            command.argv,
            env=dict(command.environment),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == 1
    assert second.stderr == f"granian: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_libraries_are_there_before_the_fork() -> None:
    """Loading them starts no thread, opens no socket, reads none of our code, and leaves little to load later."""
    program = """
import sys, threading
sys.path.insert(0, "")
opened = []
sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket.") else None)
from deploy.process import load_libraries
load_libraries()
ours = {"config", "embedded", "enrollment", "idp", "wsgi"}
early = set(sys.modules)
assert threading.active_count() == 1
assert not [event for event in opened if event in {"socket.connect", "socket.bind"}], opened
assert not [name for name in early if name.partition(".")[0] in ours]
import wsgi
tools = {"alembic", "flask_migrate", "mako", "pygments"}
known = ours | tools | sys.stdlib_module_names
late = [name for name in set(sys.modules) - early if name.partition(".")[0] not in known]
print(len(late), sorted(late))
"""
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stderr
    assert int(said.stdout.split()[0]) < 10, said.stdout


def test_a_worker_needs_little_memory(fronted: Fronted, provider: Provider) -> None:
    """At most 90 MiB each (PSS) under gunicorn, after use."""
    machine = provider.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    with Users(fronted.front.port, fronted.front.trusted, mixed(machine), count=8, pause=0.0):
        time.sleep(1)
    sizes = [pss_mib(pid) for pid in children(fronted.live.pid)]
    assert len(sizes) == WORKERS
    assert max(sizes) < MOST_MIB, sizes


@pytest.mark.parametrize("server", SERVERS)
def test_reload_under_load_fails_no_request(
    server: str,
    fronted: Fronted,
    start_server: Callable[..., LiveServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Behind nginx, with pages, documents and commits under way: no request fails."""
    live = fronted if server == "gunicorn" else Fronted(start_server, tmp_path_factory.mktemp("granian"), server=server)
    console = Provider(live)  # type: ignore[arg-type]  # looks like the server that it fronts
    machine = console.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    console.console.close()
    with Users(live.front.port, live.front.trusted, mixed(machine)) as users:
        reload(live.live.pid, WORKERS)
    figures = users.figures()
    assert figures.count > 100
    assert not figures.failed
    if live is not fronted:
        sizes = [pss_mib(pid) for pid in children(live.live.pid)]
        assert max(sizes) < MOST_MIB, sizes
        live.stop()


def _replaced(small: Small, killed: int) -> bool:
    workers = children(small.child.pid)
    return killed not in workers and len(workers) == WORKERS


def _answers(small: Small) -> bool:
    try:
        return bool(small.ask())
    except (OSError, http.client.HTTPException):
        return False


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
