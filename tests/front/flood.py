"""`python -m tests.front.flood`: what ordinary users notice of ten thousand slow connections (AC-126). Prints figures.

The slow clients take part of the same processors, so users lose more here than nginx and the provider cost them. Seven
in ten send a body byte a second and are not cut; the others come last, so that most of them are there at one time.
"""

from __future__ import annotations

import argparse
import sys
import time

from bench.accounting import pss_mib, tree
from tests.front.command import say, standing
from tests.front.fronted import Fronted
from tests.front.slow import slow_clients
from tests.front.users import Users, mixed
from tests.protocol.provider import Provider


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.front.flood", description=__doc__)
    parser.add_argument("--servers", default="gunicorn,granian")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each stretch that is measured")
    options = parser.parse_args(arguments)
    for server in options.servers.split(","):
        with standing(server, workers=2) as (fronted, provider):
            _run(fronted, provider, options)
    return 0


def _run(fronted: Fronted, provider: Provider, options: argparse.Namespace) -> None:
    machine = provider.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    front, name = fronted.front, fronted.live.server
    with Users(front.port, front.trusted, mixed(machine), count=options.users) as users:
        time.sleep(2)
        users.figures()
        time.sleep(options.seconds)
        say(f"{name:8} before         {users.figures()}  nginx {_memory(front.pid)}")
        began = time.monotonic()
        few = options.connections // 10
        counts = {"bodies": options.connections - 3 * few, "half": few, "headers": few, "silent": few}
        with slow_clients(front.port, front.trusted, counts) as attackers:
            there = attackers.wait_until_open()
            opened = time.monotonic() - began
            say(f"{name:8} while opening  {users.figures()}  in {opened:.1f} s, then {there} at one time")
            time.sleep(options.seconds)
            say(f"{name:8} meanwhile      {users.figures()}  nginx {_memory(front.pid)}")
            for kind, verdict in attackers.verdicts().items():
                cut = sorted(verdict.cut)
                span = f"{cut[0]:.1f} to {cut[-1]:.1f} s" if cut else "-"
                say(f"{name:8} {kind:8} {verdict.opened:6d} opened {len(cut):6d} cut after {span}")
        users.figures()
        time.sleep(options.seconds)
        say(f"{name:8} after          {users.figures()}")


def _memory(pid: int) -> str:
    return f"{sum(pss_mib(member) for member in tree(pid)):.0f} MiB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
