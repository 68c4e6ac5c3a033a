"""Does the time of an answer tell who exists? `python -m tests.abuse.timing [SAMPLES]` prints the figures.

Samples of a known and of an unknown name alternate, so that whatever else the machine does weighs on both alike. The
clock moves on between rounds: nobody is throttled, and both kinds are counted alike.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person, RelyingParty
from tests.protocol.journey import attempt, login
from tests.protocol.provider import Provider
from tests.stack import Keeper, Stack

__all__ = ["Medians", "measure"]

SAMPLES = 1000
PEOPLE = 4
FREE_TRIES = 5
BEYOND_MEMORY = 25 * 3600


@dataclass(frozen=True, slots=True)
class Medians:
    """Median seconds of an answer to a wrong password."""

    known: float
    unknown: float
    samples: int

    @property
    def difference(self) -> float:
        """How far apart they are, as a share of the smaller."""
        return abs(self.known - self.unknown) / min(self.known, self.unknown)


def measure(provider: Provider, party: RelyingParty, clock: MovableClock, samples: int) -> Medians:
    """Take `samples` of each kind, one after the other."""
    people = [provider.enrol() for _ in range(PEOPLE)]
    times: dict[bool, list[float]] = {True: [], False: []}
    for round_number in range(-(-samples // (PEOPLE * FREE_TRIES))):
        for place, person in enumerate(people):
            first = (round_number + place) % 2 == 0
            for known in (first, not first):
                times[known] += _round(provider, party, person, known=known, number=round_number)
        clock.advance(BEYOND_MEMORY)
    return Medians(
        statistics.median(times[True][:samples]), statistics.median(times[False][:samples]), len(times[True][:samples])
    )


def _round(provider: Provider, party: RelyingParty, person: Person, *, known: bool, number: int) -> list[float]:
    """The free tries of one name from a browser of its own; the connection is open before the first is timed."""
    browser = provider.browser()
    page = login(party, browser)
    name = person.username if known else f"{person.username}-{number}-nobody"
    times = []
    for _ in range(FREE_TRIES):
        began = time.perf_counter()
        answer = attempt(browser, page, name)
        times.append(time.perf_counter() - began)
        assert answer.status_code == 400, answer.status_code
    return times


def main() -> None:
    """Measure on a server of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse.timing", description=__doc__)
    parser.add_argument("samples", type=int, nargs="?", default=SAMPLES, help=f"of each kind; default {SAMPLES}")
    samples = parser.parse_args().samples
    keeper = Keeper()
    try:
        with tempfile.TemporaryDirectory() as folder:
            clock = MovableClock(Path(folder) / "offset")
            settings = {"WANGOV_TRUSTED_PROXIES": "1"}
            live = LiveServer(Stack(keeper.folder), Path(folder), clock, "timing", settings=settings)
            provider = Provider(live)
            try:
                found = measure(provider, provider.register(), clock, samples)
            finally:
                provider.console.close()
                live.stop()
    finally:
        keeper.stop()
    print(f"samples of each kind  {found.samples}")
    print(f"known name            {found.known * 1000:.2f} ms (median)")
    print(f"unknown name          {found.unknown * 1000:.2f} ms (median)")
    print(f"difference            {found.difference:.1%} (must be under 5 %)")
    sys.exit(found.difference >= 0.05)


if __name__ == "__main__":
    main()
