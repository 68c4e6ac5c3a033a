"""Crashes: `python -m tests.crashes` kills a worker, PostgreSQL and the S3 server while applications are under way.

The places are chosen by a seed from everything that capture, sealing, deduplication and issuance write. Prints each
blow and every broken promise; the exit code says whether there was one.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path

from tests.crashes.place import own_place
from tests.crashes.points import phase_of
from tests.crashes.runs import Crash, Run


def main() -> int:
    """Run as many crashes as were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--only", type=int, help="the number of one point, from 1: the others are left out")
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wangov-crashes-") as folder:
        place_folder = Path(folder)
        place_folder.chmod(0o711)  # the stores drop from root and must pass through
        with own_place(place_folder) as place:
            run = Run(place, options.seed)
            try:
                _strike(run, options.points, options.only)
            finally:
                run.stop()
    return _summed_up(run, time.monotonic() - start)


def _strike(run: Run, points: int, only: int | None) -> None:
    run.rehearse(again=True)
    blows = run.blows(points)
    chosen = blows if only is None else [blows[only - 1]]
    for number, crash in enumerate(run.strike(chosen), only or 1):
        _say(f"{number:4d} {crash.blow}: {crash.struck or 'not reached'}")
        for fault in crash.faults:
            _say(f"     BROKEN: {fault}")
    run.end()


def _summed_up(run: Run, seconds: float) -> int:
    struck = [crash for crash in run.crashes if crash.struck]
    counts = collections.Counter((_phase(crash), crash.blow.victim) for crash in struck)
    for (phase, victim), count in sorted(counts.items()):
        _say(f"{phase:14} {victim:9} {count}")
    for fault in run.faults:
        _say(f"BROKEN: {fault}")
    broken = bool(run.faults) or any(crash.faults for crash in run.crashes)
    _say(
        f"{len(struck)} of {len(run.crashes)} blows struck in {seconds:.0f} s: "
        + ("FAILED" if broken else "every acknowledged step is there once, nothing is half done, nothing lies about")
    )
    return 1 if broken else 0


def _phase(crash: Crash) -> str:
    return phase_of(crash.blow.step, crash.struck) or "other"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
