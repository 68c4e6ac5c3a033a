"""TCP ports on the loopback address: which are free, and picking some at random."""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Collection
from pathlib import Path

__all__ = ["free_ports", "is_free"]

_LOWEST = 15_000
_ATTEMPTS = 2_000
# Outgoing connections of any program may sit on a port of this range, so a kept port must lie below it.
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """True when a server may listen on `port` of 127.0.0.1, and nobody answers `localhost` on ::1 either."""
    return _can_bind(socket.AF_INET, "127.0.0.1", port) and _can_bind(socket.AF_INET6, "::1", port)


def free_ports(count: int, avoid: Collection[int] = ()) -> tuple[int, ...]:
    """`count` different free ports, none of `avoid`, below the range of outgoing connections."""
    highest = _first_ephemeral() - 1
    found: list[int] = []
    for _ in range(_ATTEMPTS):
        port = _LOWEST + secrets.randbelow(highest - _LOWEST + 1)
        if port not in avoid and port not in found and is_free(port):
            found.append(port)
            if len(found) == count:
                return tuple(found)
    message = f"fewer than {count} free ports between {_LOWEST} and {highest}"
    raise OSError(errno.EADDRINUSE, message)


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            # Two sockets with SO_REUSEADDR may both bind; only listening shows that the port is taken.
            probe.listen(1)
    except OSError as error:
        return error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
    return True


def _first_ephemeral() -> int:
    try:
        first = int(_EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        first = 32_768
    return first if first > _LOWEST + 2_000 else 65_536
