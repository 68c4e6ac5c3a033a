"""Storms: `python -m tests.faults` lets each fault strike a running installation under load and judges what came of it.

Each run has its own PostgreSQL, Valkey and server, on free ports, in a temporary folder. Prints, for each fault, what
each endpoint answered, how long it failed, and every broken promise; the exit code says whether there was one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.catalogue import BY_NAME, STORM, Fault
from tests.faults.installation import Installation
from tests.faults.stores import SmallDisk
from tests.faults.storm import Storm, StormReport, rage


def main() -> int:
    """Run the storms that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=sorted(BY_NAME), action="append", help="default: all, one after the other")
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--moments", type=int, help="how often the fault strikes; default 10, reloads 20")
    parser.add_argument("--longest", type=float, help="how many seconds it lasts at most")
    parser.add_argument("--clients", type=int, default=2, help="how much load: so many of each kind of client")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    failed = []
    for name in options.fault or STORM:
        fault = BY_NAME[name]
        if fault.small_disk and (reason := SmallDisk.reason_against()):
            print(f"{name}: not run: {reason}", flush=True)
            failed.append(name)
            continue
        report = _run(fault, options)
        print("\n".join(report.lines()), flush=True)
        if report.violations:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "every promise was kept", flush=True)
    return 1 if failed else 0


def _run(fault: Fault, options: argparse.Namespace) -> StormReport:
    storm = Storm(
        fault,
        seed=options.seed,
        seconds=options.seconds,
        moments=options.moments or fault.moments,
        longest=fault.longest if options.longest is None else options.longest,
        clients=options.clients,
    )
    with tempfile.TemporaryDirectory(prefix="wangov-faults-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # the stores drop from root and must pass through
        installation = Installation(
            place, server=options.server, wires=fault.wires, small_disk=fault.small_disk, workers=options.workers
        )
        try:
            return rage(installation, storm)
        finally:
            installation.stop()


if __name__ == "__main__":
    sys.exit(main())
