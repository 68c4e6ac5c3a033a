"""Runs a relying party written for Node. What is missing fails the test and names the command that installs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

__all__ = ["NodeParty", "install"]

HERE = Path(__file__).parent
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_INSTALL = "sudo apt-get install -y --no-install-recommends nodejs npm"
_FILES = ("package.json", "package-lock.json", "openid_client.mjs")
_SECONDS = 120
# Node 18, which Debian 12 has, keeps the Web Crypto interface behind this flag; later ones have it without.
_OLD = 19


def install(folder: Path) -> Path:
    """Put the script and the locked client library into `folder`; the script's path."""
    npm = _program("npm")
    for name in _FILES:
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        pytest.fail(f"npm could not install tests/clients/package-lock.json:\n{last}", pytrace=False)
    return folder / "openid_client.mjs"


class NodeParty:
    """A running script: `ask` sends it one action and returns its answer."""

    def __init__(self, script: Path) -> None:
        node = _program("node")
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        flags = ["--experimental-global-webcrypto"] if int(version.lstrip("v").partition(".")[0]) < _OLD else []
        self._process = subprocess.Popen(
            [node, *flags, str(script)],
            cwd=script.parent, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
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
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"action": action, **given}) + "\n")
        self._process.stdin.flush()
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


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing. Install it: {_INSTALL}", pytrace=False)
    return found


def _environment() -> dict[str, str]:
    kept = (
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
        "NODE_EXTRA_CA_CERTS",
    )
    npm = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
    # Node trusts its own list of authorities; the system's is what the rest of this machine trusts.
    system = {"NODE_EXTRA_CA_CERTS": str(_AUTHORITIES)} if _AUTHORITIES.exists() else {}
    return system | {name: os.environ[name] for name in kept if name in os.environ} | npm
