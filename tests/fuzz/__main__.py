"""Sends mutated requests to every route of a running provider and holds every answer to the rules.

Starts its own stores and server, and leaves nothing behind. Exit status 1 when something was found: each finding names
the command and the bytes that make it again.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.campaign import Campaign
from tests.fuzz.invariants import Judge
from tests.fuzz.report import lines
from tests.fuzz.world import SETTINGS, World
from tests.live import LiveServer, MovableClock
from tests.protocol.provider import Provider
from tests.stack import Keeper, Stack

__all__ = ["main"]


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    parser.add_argument("--first", type=int, default=0, help="number of the first request, to make one again")
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument(
        "--described", type=int, default=0, metavar="N", help="instead: N requests that docs/openapi.json describes"
    )
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int(time.time()) % 1_000_000
    print(f"seed {seed}", flush=True)
    with _world(options.server) as world:
        if options.described:
            return _described(world, seed, options.described)
        result = Campaign(world, seed, _say).run(options.requests, first=options.first)
    for line in lines(result, seed=seed, server=options.server):
        print(line)
    return 0 if result.clean else 1


@contextlib.contextmanager
def _world(server: str) -> Iterator[World]:
    """Stores and a server of its own, and the people and services on it."""
    with tempfile.TemporaryDirectory(prefix="wangov-fuzz-") as folder, contextlib.ExitStack() as ending:
        keeper = Keeper()
        ending.callback(keeper.stop)
        settings = {**SETTINGS, "WANGOV_LOG_LEVEL": "WARNING"}
        clock = MovableClock(Path(folder) / "clock")
        live = LiveServer(Stack(keeper.folder), Path(folder), clock, "fuzz", server=server, settings=settings)
        ending.callback(live.stop)
        provider = Provider(live)
        ending.callback(provider.console.close)
        yield World(provider)


def _described(world: World, seed: int, requests: int) -> int:
    """An equal part of the requests to each operation, half of them with something wrong where there is something."""
    from tests.fuzz.described import OPERATIONS, Described, modes  # slow to load, needed for this alone

    described = Described(world, Judge(world))
    kinds = [(label, mode) for label in OPERATIONS for mode in modes(label)]
    began = time.monotonic()
    for label, mode in kinds:
        described.run(label, mode, -(-requests // len(kinds)), seed)
        print(f"{described.sent:>8} requests, {label} {mode.value}: answered as described", flush=True)
    print(f"{described.sent / (time.monotonic() - began):.0f} requests a second; nothing found")
    return 0


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}        ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
