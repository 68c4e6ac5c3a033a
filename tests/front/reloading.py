"""Reloads of a running server, and who its workers are."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

__all__ = ["children", "reload"]

_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.05


def children(pid: int) -> set[int]:
    """The child processes of `pid` that live."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found |= {int(child) for child in (task / "children").read_text(encoding="ascii").split()}
        except OSError:
            continue
    return {child for child in found if _lives(child)}


def reload(pid: int, workers: int) -> float:
    """Have the server with main process `pid` replace all its workers; the seconds until the last old one is gone."""
    old = children(pid)
    assert len(old) == workers, old
    began = time.monotonic()
    os.kill(pid, signal.SIGHUP)
    while True:
        now = children(pid)
        if len(now) == workers and not now & old:
            return time.monotonic() - began
        assert time.monotonic() < began + _PATIENCE_SECONDS, (old, now)
        time.sleep(_STEP_SECONDS)


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
