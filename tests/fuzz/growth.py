"""What the server and its stores hold, before and after: processes, memory, connections, keys, rows.

And what belongs to the bystander, who must find everything as it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.fuzz.world import World

__all__ = ["Held", "Holding", "bystander", "grown", "holding"]

Held = dict[str, list[dict[str, Any]]]
# What may be more after a run. A worker's caches fill up once: names asked for in vain are remembered, 20 000 at most.
MEMORY_MIB = 40.0
FILES = 60
CONNECTIONS = 12
KEYS_A_REQUEST = 1.0
KEY_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Holding:
    """One look. `workers` are the server's processes by number, memory is their proportional share in MiB."""

    workers: frozenset[int]
    memory: dict[int, float]
    files: int
    connections: int
    hanging: int
    keys: dict[str, int]
    key_bytes: int
    database_bytes: int

    def line(self) -> str:
        """The look in one line."""
        sizes = ", ".join(f"{size:.0f}" for _, size in sorted(self.memory.items()))
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.keys.items())) or "none"
        return (
            f"memory {sizes} MiB; {self.files} files open; {self.connections} connections to PostgreSQL; "
            f"keys in Valkey: {kinds}; Valkey {self.key_bytes / 2**20:.0f} MiB; "
            f"database {self.database_bytes / 2**20:.0f} MiB"
        )


def holding(world: World) -> Holding:
    """Look now."""
    live = world.provider.live
    workers = _below(live.pid)
    activity = world.provider.query(
        "select count(*) as all, count(*) filter (where state like 'idle in transaction%%') as hanging, "
        "pg_database_size(current_database()) as size from pg_stat_activity where datname = current_database()"
    )[0]
    with redis.Redis.from_url(live.environment["WANGOV_REDIS_URL"]) as store:
        prefix = live.environment["WANGOV_REDIS_PREFIX"]
        kinds = Counter(key.split(b":")[1].decode() for key in store.scan_iter(f"{prefix}:*", count=5000))
        used = int(store.info("memory")["used_memory"])
    return Holding(
        workers=frozenset(workers),
        memory={pid: _memory(pid) for pid in workers},
        files=sum(_files(pid) for pid in workers),
        connections=int(activity["all"]),
        hanging=int(activity["hanging"]),
        keys=dict(kinds),
        key_bytes=used,
        database_bytes=int(activity["size"]),
    )


def grown(before: Holding, after: Holding, requests: int) -> list[str]:
    """What grew beyond its bound, in words. `requests` were sent between the two looks."""
    faults = []
    if before.workers != after.workers:
        faults.append(f"worker processes were {sorted(before.workers)}, are {sorted(after.workers)}")
    for pid in before.workers & after.workers:
        more = after.memory[pid] - before.memory[pid]
        if more > MEMORY_MIB:
            faults.append(f"process {pid} grew by {more:.0f} MiB")
    if after.files - before.files > FILES:
        faults.append(f"{after.files - before.files} more files are open")
    if after.connections - before.connections > CONNECTIONS:
        faults.append(f"{after.connections - before.connections} more connections to PostgreSQL")
    if after.hanging:
        faults.append(f"{after.hanging} transactions left open")
    keys = sum(after.keys.values()) - sum(before.keys.values())
    if keys > KEYS_A_REQUEST * requests:
        faults.append(f"{keys} more keys in Valkey after {requests} requests")
    if keys > 100 and (after.key_bytes - before.key_bytes) / keys > KEY_BYTES:
        faults.append(f"{(after.key_bytes - before.key_bytes) / keys:.0f} bytes for each key in Valkey")
    return faults


def bystander(world: World) -> Held:
    """Everything stored about the bystander that only she may change; when she was last seen is left out."""
    person = world.bystander.person.id
    tables = {
        "subscriber": "id", "password": "subscriber_id", "totp": "subscriber_id", "session": "subscriber_id",
        "known_device": "subscriber_id", "consent": "citizen_id", "authorization_grant": "subscriber_id",
    }  # fmt: skip
    held = {}
    for table, column in tables.items():
        statement = f"select * from {table} where {column} = %(id)s order by 1"  # noqa: S608 - names of our own tables
        rows = world.provider.query(statement, {"id": person})
        held[table] = [{name: value for name, value in row.items() if name != "seen_at"} for row in rows]
    return held


def _below(pid: int) -> list[int]:
    """Every living process below this one, and itself."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _memory(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:"))


def _files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
