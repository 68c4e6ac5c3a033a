"""Where enrolment is measured: private stores, durable as `make run` has them, and processes of the product on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from bench.accounting import cpu_by_command, tree
from bench.stack import ROOT
from embedded.folder import DataFolder
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.ports import free_ports
from embedded.state import environment
from embedded.stores import settled, stores
from embedded.supervisor import Supervisor

__all__ = ["Place", "stores_alone"]


@dataclass(frozen=True, slots=True)
class Place:
    """Settings of a process on the stores."""

    variables: Mapping[str, str]

    def start(self, *command: str, **options: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """A Python process of the product."""
        return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=dict(self.variables), **options)  # type: ignore[call-overload, no-any-return]  # streams only

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database."""
        with psycopg.connect(self.variables["WANGOV_DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def cpu(self) -> dict[str, float]:
        """CPU milliseconds used so far by stores and processes, by program."""
        mine = os.getpid()
        return cpu_by_command([pid for pid in tree(mine) if pid != mine])


@contextmanager
def stores_alone() -> Iterator[Place]:
    """Start the stores, migrate, make keys; end all."""
    path = Path(tempfile.mkdtemp(prefix="wangov-bench-"))
    path.chmod(0o755)
    try:
        with DataFolder(path) as folder:
            issuer = "http://localhost:8000"
            state = settled(folder.prepare(port=free_ports(1)[0], issuer=issuer, embedded=True))
            kept = {name: value for name, value in os.environ.items() if not name.startswith("WANGOV_")}
            ours = {
                "WANGOV_ENVIRONMENT": "staging",
                "WANGOV_EMBEDDED": "false",
                "WANGOV_ISSUER": issuer,
                "WANGOV_LOG_LEVEL": "WARNING",
                "WANGOV_DATA": str(path),
            }
            place = Place(kept | environment(state) | ours)
            supervisor = Supervisor(Output(), ProcessRecord(path / "processes.json"))
            try:
                supervisor.start(stores(state))
                for command in (("db", "upgrade"), ("keys", "init")):
                    subprocess.run(
                        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
                        cwd=ROOT, env=dict(place.variables), check=True, capture_output=True,
                    )  # fmt: skip
                yield place
            finally:
                supervisor.stop()
    finally:
        shutil.rmtree(path, ignore_errors=True)
