"""Prints CPU per operation, rate, latency and memory for each operation and server, and how they grow. See `--help`."""

from __future__ import annotations

import argparse
import sys

from bench.growth import CLIENTS, PEOPLE, grow_clients, grow_people
from bench.load import Operation, drive
from bench.operations import operations
from bench.stack import Bench, running

GROWING = ("client credentials ES256", "code flow ES256", "refresh ES256", "introspection", "userinfo")


def main() -> int:
    """Run the bench and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--servers", default="granian,gunicorn")
    parser.add_argument("--connections", default="8,32")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1, help="as shipped: 2 (they share one core here)")
    parser.add_argument("--only", default="", help="names of operations, comma separated")
    parser.add_argument("--no-growth", action="store_true", help="leave out the growth table (about five minutes)")
    options = parser.parse_args()
    connections = [int(count) for count in options.connections.split(",")]
    say(
        f"{'server':9} {'operation':26} {'conn':>4} {'ops/s':>7} {'CPU ms/op':>9} {'p50 ms':>7} "
        f"{'p99 ms':>7}  by program"
    )
    for server in options.servers.split(","):
        with running(server, threads=options.threads, core=0, workers=options.workers) as bench:
            known = operations(bench)
            wanted = options.only.split(",") if options.only else list(known)
            for name in wanted:
                for count in connections:
                    measure(bench, server, name, known[name], count, options.seconds)
            sizes = ", ".join(f"{size:.0f}" for size in bench.worker_memory())
            say(f"{server:9} PSS of its Python processes after the run, MiB: {sizes}")
    if not options.no_growth and not options.only:
        growth(options.servers.split(",")[0], options.threads, max(connections), options.seconds)
    return 0


def measure(bench: Bench, server: str, name: str, operation: Operation, connections: int, seconds: float) -> None:
    """One counted run, one line."""
    figures = drive(bench.port, operation, connections=connections, seconds=seconds, cpu=bench.cpu)
    each = {program: spent / figures.operations for program, spent in sorted(figures.used.items())}
    shares = " ".join(f"{program}={spent:.3f}" for program, spent in each.items() if spent >= 0.002)
    rate = figures.operations / figures.seconds
    say(
        f"{server:9} {name:26} {connections:4d} {rate:7.0f} {figures.cpu:9.3f} {figures.p50:7.2f} {figures.p99:7.2f}  "
        f"{shares}"
    )


def growth(server: str, threads: int, connections: int, seconds: float) -> None:
    """CPU per operation as the register grows: flat is the goal."""
    say("")
    say(f"growth under {server}, {connections} connections, CPU ms/op")
    say(f"{'clients':>9} {'people':>9}  " + " ".join(f"{name:>24}" for name in GROWING))
    with running(server, threads=threads, core=0) as bench:
        known = operations(bench)
        sizes = [(clients, PEOPLE[0]) for clients in CLIENTS] + [(CLIENTS[-1], people) for people in PEOPLE[1:]]
        for clients, people in sizes:
            crowd = grow_clients(bench, clients)
            grow_people(bench, people)
            figures = [
                drive(bench.port, crowd if name == GROWING[0] else known[name], connections=connections,
                      seconds=seconds, cpu=bench.cpu).cpu
                for name in GROWING
            ]  # fmt: skip
            say(f"{clients:9d} {people:9d}  " + " ".join(f"{figure:24.3f}" for figure in figures))


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
