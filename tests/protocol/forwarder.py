"""A wire between the provider and a store that a test can cut and mend."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

__all__ = ["Forwarder"]


class Forwarder:
    """Passes connections on to a port of this machine. Cut, it ends them all and takes no new ones."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        self.mend()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            ending, self._open = self._open, set()
        for one in (*ending, *([listener] if listener else [])):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        """Pass connections on again, at the same port."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Cut for as long as the block runs."""
        self.cut()
        try:
            yield
        finally:
            self.mend()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    if self._listener is not listener:
                        near.close()
                        far.close()
                        return
                    self._open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := source.recv(65536):
                sink.sendall(received)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._open.discard(one)
