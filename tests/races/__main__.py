"""Races: `python -m tests.races` presents each single-use thing many times at once, round after round, and counts.

Starts its own servers on free ports. Prints rounds, successes, statuses and anomalies of each contest; the exit code
says whether there was an anomaly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.installation import Installation
from tests.races.catalogue import CONTESTS
from tests.races.contests import SETTINGS, THREADS, Contest


def main() -> int:
    """Run the contests that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--race", choices=sorted(CONTESTS), action="append", help="default: all")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=50)
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    anomalies = 0
    with tempfile.TemporaryDirectory(prefix="wangov-races-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # the stores drop from root and must pass through
        installation = Installation(
            place, server=options.server, wires=False, workers=options.workers, threads=THREADS, settings=SETTINGS
        )
        try:
            for name in options.race or CONTESTS:
                contest = CONTESTS[name](installation.provider, installation.worker_pids, options.parallel)
                try:
                    anomalies += _run(contest, options.rounds)
                finally:
                    contest.close()
        finally:
            installation.stop()
    print("no anomaly" if not anomalies else f"{anomalies} anomalies", flush=True)
    return 1 if anomalies else 0


def _run(contest: Contest, rounds: int) -> int:
    began = time.monotonic()
    tally = contest.run(rounds)
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(tally.statuses.items()))
    print(
        f"{contest.name:17}{tally.rounds:5} rounds of {contest.parallel}: {tally.successes} successes, "
        f"{len(tally.anomalies)} anomalies; {statuses}; "
        f"every worker took part in {tally.shared} of {tally.races} races; {time.monotonic() - began:.0f} s",
        flush=True,
    )
    for anomaly in tally.anomalies[:20]:
        print(f"  ANOMALY {anomaly}", flush=True)
    return len(tally.anomalies)


if __name__ == "__main__":
    sys.exit(main())
