"""Real nginx with the configuration of `deploy/nginx`; changed is only what its outer file names as the site's own."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import time
from pathlib import Path

from embedded.authority import Authority
from embedded.output import Output
from embedded.ports import free_ports
from embedded.process import Child, Command, plain_environment
from tests.stack import ROOT

__all__ = ["Nginx", "nginx_program"]

SHIPPED = ROOT / "deploy" / "nginx"
INSTALL = "sudo apt-get install -y --no-install-recommends nginx"
NAME = "localhost"
_PATIENCE_SECONDS = 10.0
_STEP_SECONDS = 0.02


def nginx_program() -> str:
    """Where nginx is. Fails with the command that installs it."""
    __tracebackhide__ = True
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    assert found, f"these tests need nginx. Install it: {INSTALL}"
    return found


class Nginx:
    """Before whatever listens on `upstreams`. `port` speaks https, `plain_port` http.

    `port` is given where somebody must know it before. Everything of it lies in `folder`. It ends with `stop` or with
    the process that started it.
    """

    def __init__(self, folder: Path, *upstreams: int, port: int | None = None) -> None:
        first, self.plain_port = free_ports(2)
        self.port = port or first
        self.address = f"https://{NAME}:{self.port}"
        authority = Authority(folder / "authority", "Authority of a test")
        files = authority.issue(NAME)
        self.trusted = authority.certificate
        self.folder = folder / "nginx"
        shutil.copytree(SHIPPED, self.folder)
        outer = self.folder / "nginx.conf"
        changes = {
            "user www-data;": "user root;" if os.geteuid() == 0 else "",
            "/run/wangov-nginx.pid": f"{self.folder}/pid",
            "/var/log/nginx/": f"{self.folder}/",
            "/var/lib/nginx/": f"{self.folder}/",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen 80 ": f"listen 127.0.0.1:{self.plain_port} ",
            "server_name id.example;": f"server_name {NAME};",
            "server 127.0.0.1:8000 ": "".join(f"server 127.0.0.1:{port} SETTINGS;\n" for port in upstreams),
            "/etc/wangov/tls/certificate.pem": str(files.certificate),
            "/etc/wangov/tls/key.pem": str(files.key),
        }
        outer.write_text(_changed(outer.read_text(encoding="utf-8"), changes), encoding="utf-8")
        self._lines = io.StringIO()
        self._child = Child("nginx", self._command(), Output(self._lines), lambda _: True)
        self._wait()

    @property
    def pid(self) -> int:
        """Number of its main process."""
        return self._child.pid

    @property
    def access_log(self) -> str:
        """Every request so far."""
        return (self.folder / "wangov-access.log").read_text(encoding="utf-8")

    @property
    def error_log(self) -> str:
        """What went wrong so far."""
        return (self.folder / "wangov-error.log").read_text(encoding="utf-8") + self._lines.getvalue()

    def stop(self) -> None:
        """End it at once."""
        self._child.send(signal.SIGTERM)
        self._child.sweep()

    def _command(self) -> Command:
        return Command(
            argv=(nginx_program(), "-p", str(self.folder), "-c", "nginx.conf", "-g", "daemon off;"),
            environment=plain_environment(self.folder),
            directory=self.folder,
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            assert self._child.status() is None, self._lines.getvalue()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, self._lines.getvalue()
                time.sleep(_STEP_SECONDS)
            else:
                return


def _changed(text: str, changes: dict[str, str]) -> str:
    """The text with each of `changes` made; all of them must have something to change."""
    for old, new in changes.items():
        assert old in text, f"deploy/nginx/nginx.conf no longer says {old!r}"
        if old.startswith("server "):
            line = next(line for line in text.splitlines() if old in line)
            settings = line.partition(old)[2].rstrip(";")
            text = text.replace(line, new.replace("SETTINGS", settings))
        else:
            text = text.replace(old, new)
    return text
