"""A storm: mixed load on a running installation while one fault strikes again and again at seeded moments."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.faults.catalogue import Fault
from tests.faults.clients import Client, Machine, Reader, ServiceUser, Visitor, World
from tests.faults.installation import Installation
from tests.faults.judge import judge
from tests.faults.ledger import Call, Ledger

__all__ = ["Storm", "StormReport", "Strike", "rage"]

RECOVERY_SECONDS = 5.0
WARM_UP_SECONDS = 1.0
WARM_UP_REQUESTS = 48
SHOWN_LINES, SHOWN_CHARS = 4, 400
_HEADS = {
    "all": 7, "good": 7, "4xx": 6, "503": 6, "lost": 6, "late": 6, "slowest": 9, "503 in": 8,
    "window s, median, longest": 27, "recovery": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Storm:
    """What to do: the fault, how often, for how long, with how many clients of each kind.

    Of each kind of thing that was acknowledged, at most `sample` are looked at afterwards.
    """

    fault: Fault
    seed: int
    seconds: float
    moments: int
    longest: float
    clients: int = 2
    pause: float = 0.01
    sample: int = 200


@dataclass(frozen=True, slots=True)
class Strike:
    """One time the fault struck: from when to when (monotonic)."""

    began: float
    ended: float


@dataclass(slots=True)
class StormReport:
    """What came of it."""

    storm: Storm
    server: str
    strikes: list[Strike]
    ledger: Ledger
    looked_at: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def violations(self) -> list[str]:
        """The broken promises."""
        return self.ledger.violations

    def lines(self) -> Iterable[str]:
        """The report as it is printed."""
        storm, calls = self.storm, self.ledger.calls
        yield (
            f"{storm.fault.name} under {self.server}, seed {storm.seed}: {storm.seconds:.0f} s, "
            f"{len(self.strikes)} moments, {len(calls)} requests"
        )
        yield _row("endpoint", _HEADS)
        for endpoint in sorted({call.endpoint for call in calls}):
            yield self._line(endpoint, [call for call in calls if call.endpoint == endpoint])
        looked = ", ".join(f"{count} {what}" for what, count in self.looked_at.items())
        yield f"  looked at: {looked}; refusals that the fault excuses: {self.ledger.excused}"
        for violation, times in _counted(self.violations).items():
            yield f"  BROKEN ({times} x): {violation}"
        yield from (f"  LOG: {line[:SHOWN_CHARS]}" for line in self.errors[:SHOWN_LINES])
        yield "  nothing lost, nothing back, nothing unaudited" if not self.violations else "  FAILED"

    def windows(self, endpoint: str) -> list[tuple[float, float]]:
        """For each strike that an endpoint felt: how long it failed, and how long it failed after the fault's end."""
        felt: dict[int, list[Call]] = {}
        for call in self.ledger.calls:
            if call.endpoint == endpoint and call.failed:
                number = sum(strike.began <= call.began + call.seconds for strike in self.strikes) - 1
                felt.setdefault(number, []).append(call)
        found = []
        for number, calls in felt.items():
            strike = self.strikes[max(number, 0)]
            last = max(call.began + call.seconds for call in calls)
            first = min(max(call.began, strike.began) for call in calls)
            found.append((last - first, max(0.0, last - strike.ended)))
        return found

    def _line(self, endpoint: str, calls: list[Call]) -> str:
        def many(*outcomes: str) -> int:
            return sum(call.outcome in outcomes for call in calls)

        refused = sum(call.outcome.startswith("4") for call in calls)
        good = sum(call.outcome.startswith(("2", "3")) for call in calls)
        slow503 = max((call.seconds for call in calls if call.outcome == "503"), default=0.0)
        windows = self.windows(endpoint)
        lengths = [length for length, _ in windows]
        shown = f"{statistics.median(lengths):.2f}, {max(lengths):.2f}" if lengths else "-"
        recovery = f"{max(late for _, late in windows):.2f}" if windows else "-"
        cells = (
            len(calls), good, refused, many("503"), many("lost"), many("late"),
            f"{max(call.seconds for call in calls):.2f}", f"{slow503:.2f}", shown, recovery,
        )  # fmt: skip
        return _row(endpoint, cells)


def rage(installation: Installation, storm: Storm) -> StormReport:
    """Run a storm and judge it. Call it from the main thread, which starts what was killed."""
    ledger = Ledger()
    world = World(installation.provider, ledger, pause=storm.pause, excuses=storm.fault.excuses)
    _warm_up(installation)
    clients = _clients(world, storm)
    for client in clients:
        client.start()
    strikes = _strike(installation, storm)
    world.stop.set()
    for client in clients:
        client.join()
    report = StormReport(storm, installation.live.server, strikes, ledger)
    report.looked_at = judge(world, storm.seed, storm.sample)
    report.errors = [line for line in installation.live.log.splitlines() if '"level": "error"' in line]
    _measure(report)
    return report


def _warm_up(installation: Installation) -> None:
    """Every worker has served, and so has its keys, before anything breaks: one that starts in an outage has none."""
    address = f"{installation.provider.issuer}/oauth/jwks"
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: requests.get(address, timeout=20), range(WARM_UP_REQUESTS)))


def _clients(world: World, storm: Storm) -> list[Client]:
    kinds: dict[type[Client], int] = {
        Machine: storm.clients, ServiceUser: 2 * storm.clients, Visitor: storm.clients, Reader: 1,
    }  # fmt: skip
    return [
        kind(world, f"{kind.__name__} {number} of {storm.seed}")
        for kind, count in kinds.items()
        for number in range(count)
    ]


def _strike(installation: Installation, storm: Storm) -> list[Strike]:
    """Let the fault strike once in each of as many equal parts of the time, somewhere in its first half."""
    chance = random.Random(f"{storm.fault.name} {storm.seed}")  # noqa: S311 - when to strike, no secret
    part = storm.seconds / storm.moments
    start = time.monotonic() + WARM_UP_SECONDS
    strikes = []
    for number in range(storm.moments):
        _sleep_until(start + part * (number + chance.random() * 0.3))
        began = time.monotonic()
        storm.fault.begin(installation, chance)
        time.sleep(storm.longest * (0.2 + 0.8 * chance.random()))
        storm.fault.end(installation, chance)
        strikes.append(Strike(began, time.monotonic()))
    _sleep_until(start + storm.seconds)
    return strikes


def _measure(report: StormReport) -> None:
    """Recovery within the bound; nothing fails at all where the fault allows nothing."""
    ledger, fault = report.ledger, report.storm.fault
    for endpoint in {call.endpoint for call in ledger.calls}:
        longest = max((late for _, late in report.windows(endpoint)), default=0.0)
        if longest > RECOVERY_SECONDS:
            ledger.broke(f"{endpoint} recovered only {longest:.1f} s after the fault's end")
    failed = [call for call in ledger.calls if call.failed]
    if fault.strict and failed:
        ledger.broke(f"{len(failed)} requests failed where none may")


def _row(first: str, cells: Iterable[object]) -> str:
    widths = zip(cells, _HEADS.values(), strict=True)
    return f"  {first:18}" + "".join(f"{cell!s:>{width}}" for cell, width in widths)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _counted(texts: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        found[text] = found.get(text, 0) + 1
    return found
