"""A run of the fuzz against one server: warm up, look, send, look again, and say what was found."""

from __future__ import annotations

import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.fuzz.engine import Engine, Outcome
from tests.fuzz.generator import Generator
from tests.fuzz.growth import Held, Holding, bystander, grown, holding
from tests.fuzz.invariants import Judge
from tests.fuzz.shots import Shot
from tests.fuzz.world import World

__all__ = ["Campaign", "Finding", "Result"]

# People who were signed out by the fuzz come back this often.
RENEWED_EVERY = 4000
WARM_UP = 0.25
KEPT = 3
# Lines of the server's log that only a defect writes.
ALARMS = ("unexpected", "Traceback", "WORKER TIMEOUT", "Segmentation", "panicked", "Worker exiting", "respawn")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an answer broke, and the request that made it."""

    fault: str
    shot: Shot
    head: bytes
    body: bytes


@dataclass(slots=True)
class Result:
    """What came of a run."""

    requests: int = 0
    seconds: float = 0.0
    counts: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    methods: set[tuple[str, str]] = field(default_factory=set)
    findings: dict[tuple[str, str], list[Finding]] = field(default_factory=lambda: defaultdict(list))
    totals: Counter[tuple[str, str]] = field(default_factory=Counter)
    general: list[str] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    before: Holding | None = None
    after: Holding | None = None
    renewed: int = 0

    @property
    def clean(self) -> bool:
        """True when nothing was found."""
        return not self.findings and not self.general


class Campaign:
    """Runs requests `first` to `first + requests` of a seed. `say` is told how far it is."""

    def __init__(self, world: World, seed: int, say: Callable[[str], None] = lambda _: None) -> None:
        self._world = world
        self._live = world.provider.live
        self._generator = Generator(world, seed)
        self._judge = Judge(world, self._secrets())
        self._say = say
        self.result = Result()

    def run(self, requests: int, *, first: int = 0) -> Result:
        """Send them all."""
        result = self.result
        untouched = bystander(self._world)
        engine = Engine(self._live.port, self._judged)
        warm = int(requests * WARM_UP)
        began = time.monotonic()
        try:
            self._send(engine, first, warm)
            result.before = holding(self._world)
            self._send(engine, first + warm, requests - warm)
        finally:
            engine.close()
        result.seconds = time.monotonic() - began
        result.requests = requests
        result.after = holding(self._world)
        result.general += grown(result.before, result.after, requests - warm)
        self._check_bystander(untouched)
        alarms = [line for line in self._live.log.splitlines() if any(word in line for word in ALARMS)]
        result.general += [f"the log says: {line[:300]}" for line in dict.fromkeys(alarms[:KEPT])]
        return result

    def _send(self, engine: Engine, first: int, count: int) -> None:
        for start in range(first, first + count, RENEWED_EVERY):
            stop = min(start + RENEWED_EVERY, first + count)
            engine.run(self._shots(start, stop))
            self.result.renewed += self._world.renew()
            self._say(f"{stop - first} of {count}, {sum(self.result.totals.values())} faults")

    def _shots(self, start: int, stop: int) -> Iterator[Shot]:
        for number in range(start, stop):
            yield self._generator.shot(number)

    def _judged(self, outcome: Outcome) -> None:
        shot, result = outcome.shot, self.result
        result.slowest[shot.route] = max(result.slowest[shot.route], outcome.seconds)
        result.methods.add((shot.route, shot.method))
        if not outcome.answers:
            result.counts[shot.route][0] += 1
        faults = list(outcome.faults)
        for answer in outcome.answers:
            result.counts[shot.route][answer.status] += 1
            faults += self._judge.faults(shot, answer)
            self._world.learn(shot, answer)
        for fault in faults:
            result.totals[fault, shot.route] += 1
            kept = result.findings[fault, shot.route]
            if len(kept) < KEPT:
                last = outcome.answers[-1] if outcome.answers else None
                kept.append(Finding(fault, shot, last.head if last else b"", last.body if last else b""))

    def _check_bystander(self, untouched: Held) -> None:
        world = self._world
        now = bystander(world)
        self.result.general += [
            f"the bystander's {table} was changed" for table in now if now[table] != untouched[table]
        ]
        page = world.bystander.browser.raw("GET", "/account")
        if page.status_code != 200:
            self.result.general.append(f"the bystander's session is gone: {page.status_code}")
        refreshed = world.tax.refresh(world.bystander.refresh_token)
        if refreshed.status_code != 200:
            self.result.general.append(f"the bystander's refresh token is gone: {refreshed.text}")

    def _secrets(self) -> Iterator[str]:
        """Passwords of the stores, which no answer may hold, and the name of this machine."""
        environment = self._live.environment
        for name in ("WANGOV_DATABASE_URL", "WANGOV_REDIS_URL"):
            yield urlsplit(environment[name]).password or ""
        yield environment["WANGOV_S3_SECRET_KEY"]
        yield environment["WANGOV_DATA"]
        if socket.gethostname() != "localhost":
            yield socket.gethostname()
