"""The server under the bench: private stores and the application, all on one core, under staging settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.accounting import cpu_by_command, pss_mib, tree
from embedded.apps import WebServer, WebSettings
from embedded.folder import DataFolder
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.ports import free_ports
from embedded.state import environment
from embedded.stores import settled, stores
from embedded.supervisor import Supervisor

__all__ = ["Bench", "running"]

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Bench:
    """A running server and how to ask what it used."""

    port: int
    variables: Mapping[str, str]

    def cli(self, *arguments: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a `./wangov` command and read its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments, "--json"],
            input=json.dumps(document) if document is not None else None,
            env=dict(self.variables), cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def cpu(self) -> dict[str, float]:
        """CPU milliseconds used so far by server and stores, by program."""
        mine = os.getpid()
        return cpu_by_command([pid for pid in tree(mine) if pid != mine])

    def worker_memory(self) -> list[float]:
        """PSS of each Python process below us in MiB."""
        mine = os.getpid()
        sizes = [(pid, Path(f"/proc/{pid}/comm").read_text().strip()) for pid in tree(mine) if pid != mine]
        return [pss_mib(pid) for pid, name in sizes if name.startswith(("gunicorn", "granian", "python"))]


@contextmanager
def running(server: str, *, threads: int, core: int, workers: int = 1) -> Iterator[Bench]:
    """Start everything on one core, yield, stop everything.

    The caller's own process moves to the other cores meanwhile.
    """
    everything = os.sched_getaffinity(0)
    folder_path = Path(tempfile.mkdtemp(prefix="wangov-bench-"))
    folder_path.chmod(0o755)
    os.sched_setaffinity(0, {core})
    try:
        with DataFolder(folder_path) as folder:
            port = free_ports(1)[0]
            issuer = f"http://localhost:{port}"
            state = settled(folder.prepare(port=port, issuer=issuer, embedded=True))
            variables = _variables(environment(state), issuer)
            supervisor = Supervisor(Output(), ProcessRecord(folder_path / "processes.json"))
            try:
                supervisor.start(stores(state))
                bench = Bench(port, variables)
                _flask(variables, "db", "upgrade")
                _flask(variables, "keys", "init")
                settings = WebSettings(
                    root=ROOT,
                    server=server,
                    port=port,
                    workers=workers,
                    threads=threads,
                    environment=variables,
                    metrics=folder_path / "metrics",
                )
                supervisor.start([WebServer(settings)])
                os.sched_setaffinity(0, everything - {core} or everything)
                yield bench
            finally:
                supervisor.stop()
    finally:
        os.sched_setaffinity(0, everything)
        shutil.rmtree(folder_path, ignore_errors=True)


def _variables(generated: Mapping[str, str], issuer: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANGOV_")}
    ours = {
        "WANGOV_ENVIRONMENT": "staging",
        "WANGOV_EMBEDDED": "false",
        "WANGOV_ISSUER": issuer,
        "WANGOV_LOG_LEVEL": "WARNING",
        "WANGOV_COMMIT_WAITING": "36",
    }
    return kept | dict(generated) | ours


def _flask(variables: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        env=dict(variables), cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
