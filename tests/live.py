"""The real provider as a subprocess under a real server, on a port and a database of its own."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from config.settings import Settings
from embedded.apps import WebServer, WebSettings
from embedded.authority import CertificateFiles
from embedded.output import Output
from embedded.ports import free_ports
from embedded.process import Child
from tests.stack import ROOT, Stack

__all__ = ["SHIPPED_PATIENCE", "LiveServer", "MovableClock"]

# How soon a store is given up, as shipped: for tests that ask just that. The others wait as long as a slow machine
# takes.
SHIPPED_PATIENCE = {
    f"WANGOV_{name.upper()}": str(Settings.model_fields[name].default)
    for name in ("database_timeout_seconds", "redis_timeout_seconds")
}

_PATIENCE_SECONDS = 60.0
# Every kind of secret of ours by its prefix, tokens of three parts, keys (AC-118).
_SECRET = re.compile(r"\bw[a-z]_[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9_-]{10,}\.|otpauth://|-----BEGIN")
_STEP_SECONDS = 0.05


class MovableClock:
    """The clock of the servers under test: the machine's, moved by the seconds in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.offset = 0.0
        self._write()

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; every worker of every server sees it at once."""
        self.offset += seconds
        self._write()

    def reset(self) -> None:
        """Back to the machine's time."""
        self.offset = 0.0
        self._write()

    def now(self) -> float:
        """Seconds since 1970 as the servers see it."""
        return time.time() + self.offset

    def _write(self) -> None:
        # A reader sees the old offset or the new one, never half of it.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.offset), encoding="ascii")
        fresh.replace(self.file)


class LiveServer:
    """A running provider. `issuer` is its address; `database_url` and `environment` are its own.

    `keyed`: the stack's database comes with keys; else they are made by the clock of this server.

    Stop it with `stop`; it also ends with the process that started it.
    """

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        clock: MovableClock,
        name: str,
        *,
        server: str = "gunicorn",
        settings: Mapping[str, str] | None = None,
        workers: int = 2,
        threads: int = 32,
        certificate: CertificateFiles | None = None,
        authority: Path | None = None,
        keyed: bool = True,
    ) -> None:
        (self.port,) = free_ports(1)
        self.issuer = f"{'https' if certificate else 'http'}://localhost:{self.port}"
        self.server = server
        self._stack = stack
        self._database = name
        self.database_url = stack.live_clone(name)
        self.clock = clock
        self.environment = stack.settings(database_url=self.database_url, issuer=self.issuer, redis_prefix=name) | {
            "WANGOV_TEST_CLOCK": str(clock.file),
            "WANGOV_DATA": str(folder),
            **(settings or {}),
        }
        self.http = requests.Session()
        self.http.trust_env = False
        if authority is not None:
            self.http.verify = str(authority)
        self._lines = io.StringIO()
        self._part = WebServer(
            WebSettings(
                root=ROOT, server=server, port=self.port, workers=workers, threads=threads,
                environment=self.environment, metrics=folder / f"metrics-{self.port}", certificate=certificate,
                authority=authority,
            )
        )  # fmt: skip
        self._part.prepare()
        if not keyed:
            self.command("keys", "init")
        self._child = Child(server, self._part.command(), Output(self._lines), lambda _: True)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def log(self) -> str:
        """Everything it has written so far."""
        return self._lines.getvalue()

    @property
    def pid(self) -> int:
        """Number of the server's main process."""
        return self._child.pid

    def get(self, path: str, **options: Any) -> requests.Response:
        """A GET that follows no redirect, unless told."""
        return self.http.get(self.issuer + path, **{"timeout": 10, "allow_redirects": False, **options})

    def post(self, path: str, **options: Any) -> requests.Response:
        """A POST that follows no redirect, unless told."""
        return self.http.post(self.issuer + path, **{"timeout": 10, "allow_redirects": False, **options})

    def command(self, *arguments: str, document: object = None) -> Any:
        """Run `./wangov ARGUMENTS --json` on this server's stores; `document` goes in as JSON, the answer comes out."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments, "--json"],
            cwd=ROOT, env=self.environment, input=json.dumps(document), capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"wangov {' '.join(arguments)}: {done.stderr or done.stdout}"
        return json.loads(done.stdout)

    def stop(self) -> None:
        """End it and remove its database; fails when anything that looks like a secret stands in its log."""
        self._child.send(self._child.command.stop_signal)
        deadline = time.monotonic() + self._child.command.patience
        while self._child.status() is None and time.monotonic() < deadline:
            time.sleep(_STEP_SECONDS)
        self._child.sweep()
        self._part.clean_up()
        self.http.close()
        self._stack.drop(self._database)
        spoken = _SECRET.search(self.log)
        assert spoken is None, f"{spoken[0][:3]}... stands in the log of {self.server}"

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (problem := self._part.problem()) is not None:
            assert self._child.status() is None, f"{self.server} ended while starting\n{self.log}"
            assert time.monotonic() < deadline, f"{self.server} is not ready: {problem}\n{self.log}"
            time.sleep(_STEP_SECONDS)
