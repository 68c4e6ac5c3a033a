"""A small load generator: keep-alive connections, each sending the next request when its answer is whole."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Connection", "Figures", "HttpRequest", "HttpResponse", "drive"]


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


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: operations done, wall seconds, latencies in milliseconds."""

    operations: int
    seconds: float
    p50: float
    p99: float


def drive(port: int, operation: Callable[[Connection], None], *, connections: int, seconds: float) -> Figures:
    """Repeat `operation` on each connection for `seconds`; the first error of any connection is raised at the end."""
    latencies: list[float] = []
    errors: list[Exception] = []
    until = time.perf_counter() + seconds

    def work() -> None:
        connection = Connection(port)
        try:
            while time.perf_counter() < until and not errors:
                began = time.perf_counter()
                operation(connection)
                latencies.append((time.perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001 - reported below, from the thread that asked
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    ordered = sorted(latencies)
    return Figures(
        len(ordered),
        time.perf_counter() - began,
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
    )
