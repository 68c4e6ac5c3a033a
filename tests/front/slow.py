"""Very many slow clients in a process of their own: `python -m tests.front.slow PORT AUTHORITY KIND=COUNT ...`.

Four kinds: one sends a body byte a second, one sends half a body and stops, one sends a header byte a second, one
connects and is silent. They come from many loopback addresses, as attackers do. Prints `open` when all have been
connected, and how many are at that moment; at the end of its input one JSON object: for each kind how many there were
and after how many seconds the other side had cut which.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.front.raw import context
from tests.stack import ROOT

__all__ = ["KINDS", "SlowClients", "Verdict", "slow_clients"]

KINDS = ("bodies", "half", "headers", "silent")
_PER_ADDRESS = 40
_AT_ONCE = 128
_HEAD = b"POST /oauth/token HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one kind: how many were opened, and the seconds after which each that was cut was cut."""

    opened: int
    cut: list[float]


class SlowClients:
    """The process, seen from a test. `counts` says how many of which kind, in the order in which they connect."""

    def __init__(self, port: int, trusted: Path, counts: Mapping[str, int]) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "tests.front.slow", str(port), str(trusted),
                *(f"{kind}={count}" for kind, count in counts.items()),
            ],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_until_open(self) -> int:
        """Until all have been connected; how many are then."""
        assert self._process.stdout is not None
        said, _, number = self._process.stdout.readline().partition(" ")
        assert said == "open"
        return int(number)

    def verdicts(self) -> dict[str, Verdict]:
        """End them; what became of each kind."""
        said, _ = self._process.communicate()
        return {kind: Verdict(**told) for kind, told in json.loads(said).items()}

    def kill(self) -> None:
        """End them at once."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def slow_clients(port: int, trusted: Path, counts: Mapping[str, int]) -> Iterator[SlowClients]:
    """Slow clients for as long as the block lasts."""
    clients = SlowClients(port, trusted, counts)
    try:
        yield clients
    finally:
        clients.kill()


class _Slow(asyncio.Protocol):
    """One slow client."""

    def __init__(self, kind: str, port: int) -> None:
        self.kind = kind
        self.cut_after: float | None = None
        self._head = _HEAD % port
        self._transport: Any = None
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what this kind sends at once."""
        self._transport = transport
        self._began = time.monotonic()
        if self.kind == "half":
            self._transport.write(self._head + b"Content-Length: 100\r\n\r\n" + b"a" * 50)
        elif self.kind == "bodies":
            self._transport.write(self._head + b"Content-Length: 5000\r\n\r\na=")

    def step(self) -> None:
        """Send the next byte, if this kind sends more."""
        if self.cut_after is None and self._transport is not None and self.kind in {"headers", "bodies"}:
            self._transport.write(b"a" if self.kind == "bodies" else b"G")

    def connection_lost(self, _error: Exception | None) -> None:
        """The other side has had enough."""
        self.cut_after = time.monotonic() - self._began


async def _run(port: int, trusted: Path, counts: Mapping[str, int]) -> None:
    loop = asyncio.get_running_loop()
    trust = context(trusted)
    clients = [_Slow(kind, port) for kind, count in counts.items() for _ in range(count)]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def connect(number: int, client: _Slow) -> None:
        group = number // _PER_ADDRESS
        tls: dict[str, Any] = {} if client.kind == "silent" else {"ssl": trust, "server_hostname": "localhost"}
        async with gate:
            await loop.create_connection(
                lambda: client, "127.0.0.1", port, local_addr=(f"127.1.{group // 250}.{group % 250 + 1}", 0), **tls
            )

    connecting = asyncio.gather(*(connect(number, client) for number, client in enumerate(clients)))
    ended = loop.run_in_executor(None, sys.stdin.read)
    said = False
    while not ended.done():
        for client in clients:
            client.step()
        if connecting.done() and not said:
            await connecting
            sys.stdout.write(f"open {sum(client.cut_after is None for client in clients)}\n")
            sys.stdout.flush()
            said = True
        await asyncio.sleep(1)
    verdicts: dict[str, dict[str, Any]] = {kind: {"opened": 0, "cut": []} for kind in KINDS}
    for client in clients:
        verdicts[client.kind]["opened"] += 1
        if client.cut_after is not None:
            verdicts[client.kind]["cut"].append(client.cut_after)
    sys.stdout.write(json.dumps(verdicts))


def main(port: int, trusted: Path, counts: Mapping[str, int]) -> None:
    """Run the clients until the end of input."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_run(port, trusted, counts))


if __name__ == "__main__":
    given = (argument.partition("=") for argument in sys.argv[3:])
    main(int(sys.argv[1]), Path(sys.argv[2]), {kind: int(count) for kind, _, count in given})
