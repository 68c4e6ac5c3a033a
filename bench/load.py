"""A small load generator: keep-alive connections, each sending the next request when its answer is whole."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Connection", "Figures", "HttpRequest", "HttpResponse", "Operation", "drive"]

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to be sent."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wire(self) -> bytes:
        """The bytes on the connection."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            "Host: localhost",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        if self.body or self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Status, headers by lower-case name (the last one of a name), body, and every Set-Cookie line."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


class Connection:
    """One keep-alive connection. Understands Content-Length and chunked bodies, which is all our servers send."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and wait for the whole answer; raises OSError when the server closes early."""
        self._socket.sendall(request.wire())
        while b"\r\n\r\n" not in self._held:
            self._more()
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        headers = dict(pairs)
        body = (
            self._chunked()
            if headers.get("transfer-encoding") == "chunked"
            else self._exactly(int(headers.get("content-length", 0)))
        )
        cookies = tuple(value for name, value in pairs if name == "set-cookie")
        return HttpResponse(int(first.split()[1]), headers, body, cookies)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _more(self) -> None:
        received = self._socket.recv(65_536)
        if not received:
            message = "the server closed the connection"
            raise OSError(message)
        self._held += received

    def _exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            self._more()
        body, self._held = self._held[:count], self._held[count:]
        return body

    def _chunked(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._held:
                self._more()
            size, _, self._held = self._held.partition(b"\r\n")
            chunk = self._exactly(int(size, 16) + 2)[:-2]
            if not chunk:
                return body
            body += chunk


# What is done on a connection: given one, it makes ready and returns the step to repeat.
Operation = Callable[[Connection], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: operations done, wall seconds, latencies in milliseconds, CPU milliseconds used by each program."""

    operations: int
    seconds: float
    p50: float
    p99: float
    used: dict[str, float]

    @property
    def cpu(self) -> float:
        """CPU milliseconds of one operation."""
        return sum(self.used.values()) / self.operations


def drive(
    port: int, operation: Operation, *, connections: int, seconds: float, cpu: Callable[[], dict[str, float]]
) -> Figures:
    """Repeat `operation` on each connection for `seconds`, after a second of warming up.

    `cpu` tells what the programs have used so far. The first error of any connection is raised at the end.
    """
    latencies: list[float] = []
    errors: list[Exception] = []
    phase = {"counting": False, "over": False}
    ready = threading.Barrier(connections + 1)

    def work() -> None:
        connection = Connection(port)
        try:
            try:
                step = operation(connection)
            finally:
                ready.wait()
            while not phase["over"] and not errors:
                began = time.perf_counter()
                step()
                if phase["counting"]:
                    latencies.append((time.perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001 - reported below, from the thread that asked
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    ready.wait()
    time.sleep(WARM_UP_SECONDS)
    before, began = cpu(), time.perf_counter()
    phase["counting"] = True
    time.sleep(seconds)
    phase["counting"] = False
    used, counted = cpu(), time.perf_counter() - began
    phase["over"] = True
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    ordered = sorted(latencies)
    return Figures(
        len(ordered),
        counted,
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        {program: total - before.get(program, 0.0) for program, total in used.items()},
    )
