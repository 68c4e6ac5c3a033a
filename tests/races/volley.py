"""Many requests at the same moment: each is sent but for its last byte, then all last bytes are sent at once."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

__all__ = ["Answer", "Shot", "fire", "reached"]

_SECONDS = 30
# Until then the server has taken the connections and waits for the last byte of each request.
_GATHERING_SECONDS = 0.02
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


def fire(shots: Sequence[Shot], workers: Sequence[int] = ()) -> tuple[list[Answer], int]:
    """Send all requests at the same moment; the answers in order, and how many of `workers` (pids) took part.

    Raises OSError when a connection breaks.
    """
    with contextlib.ExitStack() as open_:
        connections = []
        for shot in shots:
            connection = open_.enter_context(socket.create_connection(shot.address, timeout=_SECONDS))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(shot.wire[:-1])
            connections.append(connection)
        time.sleep(_GATHERING_SECONDS)
        taken = reached(shots[0].address[1], workers) if workers else 0
        for connection, shot in zip(connections, shots, strict=True):
            connection.sendall(shot.wire[-1:])
        return [_answer(connection) for connection in connections], taken


def reached(port: int, pids: Iterable[int]) -> int:
    """How many of these processes hold an open connection that came in at this port (proc(5))."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _ESTABLISHED and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    return sum(not sockets.isdisjoint(_open_files(pid)) for pid in pids)


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
