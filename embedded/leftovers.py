"""Servers that a killed supervisor left behind: found by number and start time, and ended.

Only the holder of the data folder's lock may call this: then nothing recorded here belongs to anybody else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from embedded.output import Output
from embedded.process import Child, started_at

__all__ = ["ProcessRecord"]

_PATIENCE_SECONDS = 15.0
_STEP_SECONDS = 0.05


class ProcessRecord:
    """The file that lists the running children of a data folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, children: Iterable[Child]) -> None:
        """Write down the children that run now."""
        rows = [
            {
                "name": child.name,
                "pid": child.pid,
                "started": started,
                "signal": int(child.command.stop_signal),
            }
            for child in children
            if (started := started_at(child.pid)) is not None
        ]
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(rows), encoding="utf-8")
        fresh.replace(self._path)

    def end_all(self, output: Output) -> None:
        """End what an earlier supervisor left behind, politely first; forget the list."""
        alive = [row for row in self._rows() if started_at(row[1]) == row[2]]
        for name, pid, _, number in alive:
            output.say(f"Ending {name} (process {pid}) that an earlier run left behind ...")
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while alive and time.monotonic() < deadline:
            time.sleep(_STEP_SECONDS)
            alive = [row for row in alive if started_at(row[1]) == row[2]]
        for _, pid, _, _ in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._path.unlink(missing_ok=True)

    def _rows(self) -> list[tuple[str, int, int, int]]:
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return [(str(row["name"]), int(row["pid"]), int(row["started"]), int(row["signal"])) for row in rows]
        except (OSError, ValueError, KeyError, TypeError):
            return []
