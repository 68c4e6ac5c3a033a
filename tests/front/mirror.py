"""An upstream that writes down what nginx sends it, byte for byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

__all__ = ["Mirror", "listening"]

_SIZE = 65_536


class Mirror:
    """Answers every request with `answer` and keeps the requests in `requests`. With `answer` empty it hangs up."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def last(self) -> dict[str, list[str]]:
        """The headers of the last request, by lower-case name."""
        headers: dict[str, list[str]] = {}
        for line in self.requests[-1].partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        return headers

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        held = b""
        with connection, contextlib.suppress(OSError):
            while True:
                while b"\r\n\r\n" not in held:
                    held += _more(connection)
                head, _, rest = held.partition(b"\r\n\r\n")
                length = _length(head)
                while len(rest) < length:
                    rest += _more(connection)
                self.requests.append(head + b"\r\n\r\n" + rest[:length])
                held = rest[length:]
                if not self.answer:
                    return
                connection.sendall(self.answer)


@contextlib.contextmanager
def listening() -> Iterator[Mirror]:
    """A mirror for as long as the block lasts."""
    mirror = Mirror()
    try:
        yield mirror
    finally:
        mirror.close()


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(_SIZE)
    if not received:
        raise ConnectionResetError
    return received


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
