"""What the kernel says processes used: CPU time of a process tree, and memory of its members."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_by_command", "pss_mib", "tree"]

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """`root` and every living descendant."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent = _parent(entry)
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def cpu_by_command(pids: list[int]) -> dict[str, float]:
    """CPU milliseconds (user and system) used so far, by the name of the program."""
    used: dict[str, float] = {}
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        used[name] = used.get(name, 0.0) + (int(rest[11]) + int(rest[12])) * _TICK_MS
    return used


def pss_mib(pid: int) -> float:
    """The proportional set size of one process in MiB; 0 when it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _parent(entry: Path) -> int | None:
    try:
        text = (entry / "stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(text[text.rindex(")") + 2 :].split()[1])
