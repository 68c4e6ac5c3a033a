"""Runs relying parties written for Node. What is missing fails the test and names the command that installs it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from embedded.ports import free_ports

__all__ = ["NodeParty", "NodeSite", "installed"]

HERE = Path(__file__).parent
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_INSTALL = "sudo apt-get install -y --no-install-recommends nodejs npm"
_SECONDS = 120
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS")
# Node 18, which Debian 12 has, keeps the Web Crypto interface behind this flag; later ones have it without.
_OLD = 19


def installed(folder: Path) -> Path:
    """The folder with the scripts and the locked libraries, made below `folder` by whoever asks first."""
    home = folder / "node"
    with (folder / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            making = folder / "node.new"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            for file in (*HERE.glob("*.mjs"), *HERE.glob("package*.json")):
                shutil.copy(file, making)
            _install(making)
            making.rename(home)
    return home


class NodeParty:
    """A running script that obeys: `ask` sends it one action and returns its answer.

    `authority` is a private authority's certificate that the script trusts beside its own list.
    """

    def __init__(self, script: Path, authority: Path | None = None) -> None:
        self._process = subprocess.Popen(
            [*_node(), str(script)], cwd=script.parent, env=_environment(authority),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, action: str, **given: Any) -> dict[str, Any]:
        """The answer; fails when the library refused."""
        answer = self.try_to(action, **given)
        assert "refused" not in answer, (action, answer)
        return answer

    def refusal(self, action: str, **given: Any) -> dict[str, Any]:
        """Why the library, or the provider through it, refused; fails when it did not."""
        answer = self.try_to(action, **given)
        assert "refused" in answer, (action, answer)
        refused: dict[str, Any] = answer["refused"]
        return refused

    def try_to(self, action: str, **given: Any) -> dict[str, Any]:
        """The answer, whatever it is."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"action": action, **given}) + "\n")
        self._process.stdin.flush()
        return self.next_line()

    def next_line(self) -> dict[str, Any]:
        """The next line that the script says."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"node ended with {self._process.wait(timeout=10)}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


class NodeSite(NodeParty):
    """A running web application at `address`. It is told its settings once, and ends with its input."""

    def __init__(self, script: Path, port: int, authority: Path | None = None, **settings: Any) -> None:
        super().__init__(script, authority)
        self.address = f"http://localhost:{port}"
        assert self.ask("serve", port=port, address=self.address, **settings) == {"serving": port}

    @staticmethod
    def place() -> tuple[int, str]:
        """A free port and the address of an application there, for its registration."""
        (port,) = free_ports(1)
        return port, f"http://localhost:{port}"


def _install(folder: Path) -> None:
    command = [_program("npm"), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        [*command, "--no-update-notifier"],
        cwd=folder, env=_environment(None), capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        pytest.fail(f"npm could not install tests/clients/package-lock.json:\n{last}", pytrace=False)


def _node() -> list[str]:
    node = _program("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    old = int(version.lstrip("v").partition(".")[0]) < _OLD
    return [node, "--no-deprecation", *(["--experimental-global-webcrypto"] if old else [])]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing. Install it: {_INSTALL}", pytrace=False)
    return found


def _environment(authority: Path | None) -> dict[str, str]:
    npm = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
    # Node trusts its own list of authorities; the system's is what the rest of this machine trusts.
    system = {"NODE_EXTRA_CA_CERTS": str(_AUTHORITIES)} if _AUTHORITIES.exists() else {}
    private = {"NODE_EXTRA_CA_CERTS": str(authority)} if authority is not None else {}
    return system | {name: os.environ[name] for name in _KEPT if name in os.environ} | npm | private
