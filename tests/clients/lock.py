"""Pins the Node libraries anew: `python -m tests.clients.lock`. The lock file holds names and digests, no address."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["main", "without_addresses"]

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json")
# Members that only tell people something, and hold addresses.
_TOLD = ("funding", "deprecated", "resolved")


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """The lock without what nobody needs to install from it."""
    packages = {
        name: {member: value for member, value in package.items() if member not in _TOLD}
        for name, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def main() -> None:
    """Resolve package.json and write package-lock.json."""
    with tempfile.TemporaryDirectory() as folder:
        for name in _FILES:
            shutil.copy(HERE / name, folder)
        command = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts"]
        subprocess.run([*command, "--no-audit", "--no-fund"], cwd=folder, check=True)
        lock = json.loads((Path(folder) / "package-lock.json").read_text(encoding="utf-8"))
    text = json.dumps(without_addresses(lock), indent=2, ensure_ascii=False)
    (HERE / "package-lock.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
