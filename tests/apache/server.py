"""A private Apache with mod_auth_openidc: own configuration, ports and folder. The system's service is not touched."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from embedded.authority import CertificateFiles
from embedded.output import Output
from embedded.process import Child, Command, plain_environment

__all__ = ["Apache", "directives", "site", "trusted"]

_PROGRAM = Path("/usr/sbin/apache2")
_MODULES = Path("/usr/lib/apache2/modules")
_INSTALL = "sudo apt-get install -y --no-install-recommends apache2-bin libapache2-mod-auth-openidc"
_LOADED = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "headers", "env", "rewrite", "dir", "mime", "ssl",
    "socache_shmcb", "auth_openidc",
)  # fmt: skip
_PATIENCE_SECONDS = 20.0
_STEP_SECONDS = 0.05

# Answers name what the module made of the person, so that a test can read it.
_ECHO = """
  Header always set X-Seen-User "expr=%{REMOTE_USER}"
  Header always set X-Seen-Email "%{OIDC_CLAIM_email}e" env=OIDC_CLAIM_email
  Header always set X-Seen-Amr "%{OIDC_CLAIM_amr}e" env=OIDC_CLAIM_amr
  Header always set X-Seen-Client "%{OIDC_CLAIM_client_id}e" env=OIDC_CLAIM_client_id
  Header always set X-Seen-Token "%{OIDC_access_token}e" env=OIDC_access_token
"""


class Apache:
    """A running Apache that serves `sites` (virtual hosts as text). It ends with `stop`, and with who started it.

    `authority` is copied to `trusted(folder)`: as root Apache drops to an account that could not read it elsewhere.
    """

    def __init__(self, folder: Path, ports: Sequence[int], sites: Sequence[str], authority: Path) -> None:
        if not _PROGRAM.exists() or not (_MODULES / "mod_auth_openidc.so").exists():
            pytest.fail(f"Apache or mod_auth_openidc is missing. Install it: {_INSTALL}", pytrace=False)
        folder.mkdir()
        folder.chmod(0o755)
        self._write_pages(folder)
        trusted(folder).write_bytes(authority.read_bytes())
        configuration = folder / "apache2.conf"
        configuration.write_text(_server(folder, ports) + "".join(sites), encoding="utf-8")
        argv = (str(_PROGRAM), "-d", str(folder), "-f", str(configuration))
        environment = plain_environment(folder)
        checked = subprocess.run([*argv, "-t"], env=environment, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        self._folder = folder
        command = Command(argv=(*argv, "-DFOREGROUND"), environment=environment, directory=folder)
        self._child = Child("apache", command, Output(io.StringIO()), lambda _: True)
        try:
            self._wait(ports)
        except BaseException:
            self.stop()
            raise

    @property
    def log(self) -> str:
        """What the module and Apache have complained about so far."""
        file = self._folder / "error.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def complaints(self) -> list[str]:
        """The warnings and errors of the module among them."""
        grave = ("[auth_openidc:error]", "[auth_openidc:warn]")
        return [line for line in self.log.splitlines() if any(mark in line for mark in grave)]

    def stop(self) -> None:
        """End it."""
        self._child.send(self._child.command.stop_signal)
        deadline = time.monotonic() + self._child.command.patience
        while self._child.status() is None and time.monotonic() < deadline:
            time.sleep(_STEP_SECONDS)
        self._child.sweep()

    @staticmethod
    def _write_pages(folder: Path) -> None:
        (folder / "mime.types").write_text("text/html html\n", encoding="utf-8")
        for name in ("me", "silent", "api", "claims", "open"):
            (folder / "pages" / name).mkdir(parents=True)
            (folder / "pages" / name / "index.html").write_text(f"<title>{name}</title>\n", encoding="utf-8")

    def _wait(self, ports: Sequence[int]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for port in ports:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert self._child.status() is None, f"Apache ended: {list(self._child.tail)}\n{self.log}"
                assert time.monotonic() < deadline, f"Apache is not ready\n{self.log}"
                time.sleep(_STEP_SECONDS)


def site(folder: Path, port: int, content: str, certificate: CertificateFiles | None = None) -> str:
    """A virtual host on the loopback address, under https when it has a certificate."""
    tls = (
        f"  SSLEngine on\n  SSLCertificateFile {certificate.certificate}\n  SSLCertificateKeyFile {certificate.key}\n"
        if certificate
        else ""
    )
    return (
        f"<VirtualHost 127.0.0.1:{port}>\n  ServerName {'https' if certificate else 'http'}://localhost:{port}\n"
        f"  DocumentRoot {folder / 'pages'}\n{tls}{content}{_ECHO}</VirtualHost>\n"
    )


def trusted(folder: Path) -> Path:
    """Where the module finds the private authority."""
    return folder / "authority.pem"


def directives(**values: str | Sequence[str]) -> str:
    """Lines of configuration; a value with spaces is quoted, a list becomes words."""
    return "".join(
        f'  {name} "{value}"\n' if isinstance(value, str) else f"  {name} {' '.join(value)}\n"
        for name, value in values.items()
    )


def _server(folder: Path, ports: Sequence[int]) -> str:
    modules = "".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so\n" for name in _LOADED)
    account = "User nobody\nGroup nogroup\n" if os.geteuid() == 0 else ""
    listening = "".join(f"Listen 127.0.0.1:{port}\n" for port in ports)
    return (
        f"{modules}{account}{listening}ServerName localhost\nPidFile {folder}/pid\nMutex fcntl:{folder}\n"
        f"ErrorLog {folder}/error.log\nLogLevel warn auth_openidc:info\nTypesConfig {folder}/mime.types\n"
        "StartServers 1\nThreadsPerChild 8\nServerLimit 1\nMaxRequestWorkers 8\nMinSpareThreads 1\nMaxSpareThreads 8\n"
        f"<Directory {folder}/pages>\n  Require all granted\n</Directory>\n"
    )
