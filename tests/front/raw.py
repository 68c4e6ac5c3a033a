"""Bytes over TLS, for what no client library would send."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Reply", "context", "converse", "opened"]

SECONDS = 12.0
_SIZE = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@cache
def context(trusted: Path) -> ssl.SSLContext:
    """Trusts one authority."""
    return ssl.create_default_context(cafile=str(trusted))


def opened(port: int, trusted: Path, *, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """A connection whose handshake is done, from the loopback address `source`."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=SECONDS, source_address=(source, 0))
    return context(trusted).wrap_socket(plain, server_hostname="localhost")


def converse(port: int, trusted: Path, sent: bytes) -> list[Reply]:
    """Send bytes on a connection of their own and read answers until it ends or `SECONDS` pass without any."""
    with opened(port, trusted) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while chunk := connection.recv(_SIZE):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
    return _replies(received)


def _replies(received: bytes) -> list[Reply]:
    found = []
    while match := re.match(rb"HTTP/1\.[01] (\d{3})[^\r\n]*\r\n", received):
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head[match.end() :].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", len(rest)))
        found.append(Reply(int(match[1]), headers, rest[:length]))
        received = rest[length:]
    assert not received, received[:200]
    return found
