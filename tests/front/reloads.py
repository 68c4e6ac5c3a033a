"""`python -m tests.front.reloads`: reloads under mixed load, and how many requests failed, with nginx and without."""

from __future__ import annotations

import argparse
import sys

from tests.front.command import say, standing
from tests.front.fronted import Fronted
from tests.front.reloading import reload
from tests.front.users import Figures, Users, mixed
from tests.protocol.provider import Provider

WORKERS = 2


def main(arguments: list[str]) -> int:
    """Reload and print. Exit status 1 when a request failed behind nginx."""
    parser = argparse.ArgumentParser(prog="python -m tests.front.reloads", description=__doc__)
    parser.add_argument("--servers", default="gunicorn,granian")
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between two requests of a user")
    options = parser.parse_args(arguments)
    failed = 0
    for server in options.servers.split(","):
        with standing(server, workers=WORKERS) as (fronted, provider):
            for way in ("nginx", "direct"):
                lost = _run(fronted, provider, way, options)
                say(f"{server:8} {way:6}  {options.reloads} reloads  {lost}")
                failed += sum(lost.failed.values()) if way == "nginx" else 0
    return 1 if failed else 0


def _run(fronted: Fronted, provider: Provider, way: str, options: argparse.Namespace) -> Figures:
    machine = provider.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    port, trusted = (fronted.front.port, fronted.front.trusted) if way == "nginx" else (fronted.live.port, None)
    with Users(port, trusted, mixed(machine), count=options.users, pause=options.pause) as users:
        seconds = [reload(fronted.live.pid, WORKERS) for _ in range(options.reloads)]
    say(f"{fronted.live.server:8} {way:6}  seconds a reload: {min(seconds):.1f} to {max(seconds):.1f}")
    return users.figures()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
