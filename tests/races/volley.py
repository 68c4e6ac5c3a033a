"""Many requests at the same moment: each is sent but for its last byte, then all last bytes are sent at once."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

__all__ = ["Answer", "Shot", "fire", "gathered"]

_SECONDS = 30
# Where nobody takes them all, those that were taken race.
_GATHERING_SECONDS = 5
_LOOK_SECONDS = 0.005
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as the bytes that go over its own connection."""

    address: tuple[str, int]
    wire: bytes

    @classmethod
    def of(
        cls,
        method: str,
        url: str,
        form: Iterable[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Shot:
        """A request; `form` goes into the body."""
        parts = urlsplit(url)
        body = urlencode(list(form)).encode() if form is not None else b""
        lines = {
            "Host": parts.netloc,
            "Connection": "close",
            **(headers or {}),
            **({"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}),
            **({"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))} if body else {}),
        }
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = "\r\n".join([f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())])
        return cls((parts.hostname or "", parts.port or 80), f"{head}\r\n\r\n".encode() + body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back on one connection."""

    status: int
    headers: Message
    body: bytes

    @property
    def location(self) -> str:
        """Where it sends the browser, or nothing."""
        return str(self.headers.get("Location", ""))

    def sets_cookie(self, part: str) -> bool:
        """True when it gives the browser a cookie whose name ends with `part`, with something in it."""
        lines = [str(line) for line in self.headers.get_all("Set-Cookie", [])]
        pairs = [line.partition(";")[0].partition("=") for line in lines]
        return any(name.endswith(part) and value for name, _, value in pairs)


def fire(shots: Sequence[Shot], taken: Callable[[], int] = lambda: 0) -> tuple[list[Answer], int]:
    """Send all requests at the same moment; the answers in order, and what `taken` said.

    It is asked once every request is there but for its last byte, and may wait until the server has taken them all.

    Raises OSError when a connection breaks.
    """
    with contextlib.ExitStack() as open_:
        connections = []
        for shot in shots:
            connection = open_.enter_context(socket.create_connection(shot.address, timeout=_SECONDS))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(shot.wire[:-1])
            connections.append(connection)
        told = taken()
        for connection, shot in zip(connections, shots, strict=True):
            connection.sendall(shot.wire[-1:])
        return [_answer(connection) for connection in connections], told


def gathered(port: int, pids: Sequence[int], count: int) -> int:
    """Wait until these processes have taken `count` connections that came in at this port; how many took part."""
    deadline = time.monotonic() + _GATHERING_SECONDS
    while True:
        held = _reached(port, pids)
        if sum(held) >= count or time.monotonic() > deadline:
            return sum(one > 0 for one in held)
        time.sleep(_LOOK_SECONDS)


def _reached(port: int, pids: Iterable[int]) -> list[int]:
    """How many open connections that came in at this port each of these processes holds (proc(5))."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _ESTABLISHED and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    return [len(sockets & _open_files(pid)) for pid in pids]


def _open_files(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(entry.readlink()))
    return found


def _answer(connection: socket.socket) -> Answer:
    response = HTTPResponse(connection)
    response.begin()
    return Answer(response.status, response.headers, response.read())
