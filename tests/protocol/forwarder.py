"""A wire between the provider and a store: a test can cut it, slow it down, let it fall silent, lose its answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

__all__ = ["Forwarder"]


class Forwarder:
    """Passes connections on to a port of this machine.

    Cut, it ends them all and takes no new ones. Slow, it holds each piece of traffic back for a while. Silent, it takes
    connections and passes nothing on; what was sent meanwhile arrives afterwards, as over a network that lost packets.
    Losing, it passes questions on and ends the connection instead of passing the answer back.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._far: set[socket.socket] = set()
        self._kept: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._delay = 0.0
        self._losing = False
        self._flowing = threading.Event()
        self._flowing.set()
        self.port = 0
        self.mend()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            ending = self._open | self._kept
            self._open, self._far, self._kept = set(), set(), set()
        for one in (*ending, *([listener] if listener else [])):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        """Pass connections on again, at the same port, at once and in both directions."""
        self._delay, self._losing = 0.0, False
        self._flowing.set()
        if self._listener is not None:
            return
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def slow_down(self, seconds: float) -> None:
        """Hold each piece of traffic, in either direction, back for `seconds`."""
        self._delay = seconds

    def fall_silent(self) -> None:
        """Take connections, pass nothing on."""
        self._flowing.clear()

    def abandon(self) -> None:
        """End every connection for the near side; the far side never hears of it, as when a machine loses power."""
        with self._lock:
            self._kept |= self._far
            left = self._open - self._far
        for one in left:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def lose_answers(self) -> None:
        """Pass questions on; where an answer comes, end its connection instead."""
        self._losing = True

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
                self._connect(near, listener)

    def _connect(self, near: socket.socket, listener: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        with self._lock:
            if self._listener is not listener:
                near.close()
                far.close()
                return
            self._open |= {near, far}
            self._far.add(far)
        for source, sink, answers in ((near, far, False), (far, near, True)):
            threading.Thread(
                target=self._pass_on, args=(source, sink), kwargs={"answers": answers}, daemon=True
            ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, *, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while received := source.recv(65536):
                if self._delay:
                    time.sleep(self._delay)
                self._flowing.wait()
                if answers and self._losing:
                    break
                sink.sendall(received)
        self._flowing.wait()
        for one in {source, sink} - self._kept:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._open.discard(one)
                self._far.discard(one)
