"""A server of the attacker's: whoever is lured into calling it is caught."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

__all__ = ["Bait", "connections_to"]

SECONDS = 0.15


class Bait:
    """Listens on a port of this machine and counts who comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._callers: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/bait"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2)

    def callers(self) -> int:
        """How many came, those included that are on their way."""
        time.sleep(SECONDS)
        return len(self._callers)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                caller.settimeout(1)
                with contextlib.suppress(OSError):
                    self._callers.append(caller.recv(100))
                caller.close()


def connections_to(address: str) -> list[str]:
    """Lines of the kernel's table of TCP connections, in whatever state, whose far end is this IPv4 address."""
    far = socket.inet_aton(address)[::-1].hex().upper()
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - no ordinary file
        return [line for line in table if line.split()[2].startswith(f"{far}:")]
