"""What an attack leaves behind, seen from outside: counters, audit rows, stored state, processes and their memory.

`with watch.attack() as scene:` compares before and after. When the block ends, every attack must have left the same
workers running, and no answer of the 5xx kind may have been counted; the test then says what the rest must be.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from tests.protocol.provider import Provider

__all__ = ["Scene", "Watch"]

# Not state that an attack could half-finish: the trail itself, copies of rows, counters, numbers of caches.
_NO_TABLES = frozenset({"alembic_version", "audit_event"})
_NO_KINDS = frozenset({b"count", b"generation", b"session", b"session_ended"})
_COUNTER = re.compile(r"^(wangov_\w+_total)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_VALUE = re.compile(r'\w+="([^"]*)"')
GUESSES = frozenset({"throttle"})


@dataclass(slots=True)
class Scene:
    """The difference that one attack made."""

    events: list[dict[str, Any]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    changed: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The events that were audited, in order."""
        return [str(row["event"]) for row in self.events]

    def refused(self, endpoint: str) -> int:
        """How many refusals of an endpoint were counted by their status."""
        return sum(number for (name, status), number in self.answers.items() if name == endpoint and status[0] == "4")

    def left_nothing(self, *, but: frozenset[str] = frozenset()) -> bool:
        """True when stores hold what they held, except what `but` names (tables, or kinds of parked values)."""
        return self.changed <= but


class Watch:
    """Looks at one running provider."""

    def __init__(self, provider: Provider, metrics_token: str) -> None:
        self._live = provider.live
        self._headers = {"Authorization": f"Bearer {metrics_token}"}
        environment = provider.live.environment
        self._prefix = environment["WANGOV_REDIS_PREFIX"]
        self._valkey = redis.Redis.from_url(environment["WANGOV_REDIS_URL"])
        self._database = psycopg.connect(provider.live.database_url, autocommit=True, row_factory=psycopg.rows.dict_row)
        rows = self._database.execute("select tablename as name from pg_tables where schemaname = 'public'").fetchall()
        one = sql.SQL("select {} as name, count(*) as n, sum(hashtextextended(t::text, 0)) as digest from {} t")
        tables = sorted({str(row["name"]) for row in rows} - _NO_TABLES)
        self._digests = sql.SQL(" union all ").join(
            one.format(sql.Literal(table), sql.Identifier(table)) for table in tables
        )

    def close(self) -> None:
        """End the connections."""
        self._database.close()
        self._valkey.close()

    @contextlib.contextmanager
    def attack(self) -> Iterator[Scene]:
        """Compare before and after the block."""
        scene = Scene()
        workers, figures, state, last = self.workers(), self.figures(), self.state(), self._snapshot()
        yield scene
        after = self.figures()
        assert self.workers() == workers, "a worker ended"
        grown = {key: int(after[key] - figures.get(key, 0)) for key in after if after[key] != figures.get(key, 0)}
        for (name, *labels), number in grown.items():
            if name == "wangov_refusals_total":
                scene.counted[labels[0]] += number
            elif name == "wangov_throttled_total":
                scene.throttled[labels[0]] += number
            elif name == "wangov_requests_total":
                scene.answers[labels[0], labels[1]] += number
        broken = {key for key in scene.answers if key[1].startswith("5")}
        assert not broken, broken
        now = self.state()
        scene.changed = frozenset(name for name in {*state, *now} if state.get(name) != now.get(name))
        scene.events = self._rows_since(last)

    def figures(self) -> dict[tuple[str, ...], float]:
        """Every counter over all workers, by name and values of labels."""
        text = self._live.get("/metrics", headers=self._headers).text
        return {
            (name, *_VALUE.findall(labels)): float(value)
            for name, labels, value in _COUNTER.findall(text)
            if "page:health" not in labels
        }

    def state(self) -> dict[str, object]:
        """A digest of every table, and the parked values by kind."""
        held: dict[str, object] = {
            str(row["name"]): (row["n"], row["digest"]) for row in self._database.execute(self._digests)
        }
        keys = [key for key in self._keys("*") if key.split(b":")[1] not in _NO_KINDS]
        parked: dict[str, set[bytes]] = {}
        for key, value in zip(keys, self._valkey.mget(keys) if keys else [], strict=True):
            parked.setdefault(key.split(b":")[1].decode(), set()).add(
                key + b"=" + (value if isinstance(value, bytes) else b"")
            )
        return {**held, **parked}

    def counters(self) -> set[bytes]:
        """The names of short-lived counters (by address, by client)."""
        return set(self._keys("count:*"))

    def workers(self) -> frozenset[int]:
        """The process numbers of the server's workers."""
        listed = Path(f"/proc/{self._live.pid}/task/{self._live.pid}/children").read_text(encoding="ascii")
        return frozenset(int(number) for number in listed.split())

    def memory(self) -> int:
        """Bytes that the workers hold for themselves."""
        return sum(_private_bytes(worker) for worker in self.workers())

    def fastest(self, call: Callable[[], object], tries: int = 5) -> float:
        """Seconds of the fastest of a few calls: what the work takes when nobody else has the processor."""
        times = []
        for _ in range(tries):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        return min(times)

    def row(self, query: str, **values: object) -> Mapping[str, Any] | None:
        """One row of the provider's database."""
        return self._database.execute(query, values).fetchone()

    def _keys(self, pattern: str) -> list[bytes]:
        return list(self._valkey.scan_iter(f"{self._prefix}:{pattern}", count=1000))

    def _snapshot(self) -> str:
        row = self._database.execute("select pg_current_snapshot()::text as now").fetchone()
        return "" if row is None else str(row["now"])

    def _rows_since(self, snapshot: str) -> list[dict[str, Any]]:
        query = (
            "select * from audit_event where not pg_visible_in_snapshot(txid, %s::pg_snapshot) order by txid, at, id"
        )
        return self._database.execute(query, [snapshot]).fetchall()


def _private_bytes(process: int) -> int:
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private")) * 1024
