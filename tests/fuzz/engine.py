"""Sends requests over many connections at once from one thread, and sees to it that each is answered in time.

Well-framed requests share connections that stay; raw ones get one of their own each. What the server does on its own
(bytes that nobody asked for, a connection ended without an answer) is a finding like a wrong answer.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fuzz.answers import Answer, Reader, UnreadableError
from tests.fuzz.shots import Shot

__all__ = ["Engine", "Outcome"]

SECONDS = 10.0
# How long a raw request may wait for more before our side says that there is no more.
PATIENCE = 0.15
# Raw requests under way at once, beside the well-framed ones: most of their time is waiting.
RAW_WIDTH = 40
LARGE = 65_536
_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: its answers (none, where the server just closed), the time it took, what was wrong."""

    shot: Shot
    answers: tuple[Answer, ...]
    seconds: float
    faults: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class _Line:
    """One connection and the request on it."""

    socket: socket.socket
    reader: Reader = field(default_factory=Reader)
    shot: Shot | None = None
    unsent: bytes = b""
    began: float = 0.0
    heard: float = 0.0
    served: int = 0
    half_closed: bool = False
    answers: list[Answer] = field(default_factory=list)


class Engine:
    """`width` connections to `port`; `outcome` is told of every request once."""

    def __init__(self, port: int, outcome: Callable[[Outcome], None], *, width: int = 24) -> None:
        self._address = ("127.0.0.1", port)
        self._tell = outcome
        self._width = width
        self._selector = selectors.DefaultSelector()
        self._idle: list[_Line] = []
        self._busy: set[_Line] = set()
        self._raw = 0

    def run(self, shots: Iterator[Shot]) -> None:
        """Send all of them; returns when each is answered or given up."""
        swept = time.monotonic()
        more = True
        while more or self._busy:
            while more and self._has_room():
                shot = next(shots, None)
                more = shot is not None
                if shot is not None:
                    self._start(shot)
            for key, events in self._selector.select(_TICK):
                self._serve(key.data, events)
            now = time.monotonic()
            if now - swept > _TICK:
                swept = now
                self._sweep(now)

    def close(self) -> None:
        """End the connections that stayed."""
        for line in [*self._idle, *self._busy]:
            self._drop(line)
        self._idle.clear()
        self._busy.clear()

    def _has_room(self) -> bool:
        return len(self._busy) - self._raw < self._width and self._raw < RAW_WIDTH

    def _start(self, shot: Shot) -> None:
        line = None if shot.raw or not self._idle else self._idle.pop()
        if line is None:
            line = _Line(socket.create_connection(self._address))
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.socket.setblocking(False)
            self._selector.register(line.socket, selectors.EVENT_READ, line)
        line.shot, line.unsent, line.answers = shot, shot.wire, []
        line.began = line.heard = time.monotonic()
        self._busy.add(line)
        self._raw += shot.raw
        self._send(line)

    def _send(self, line: _Line) -> None:
        try:
            while line.unsent:
                line.unsent = line.unsent[line.socket.send(line.unsent) :]
        except BlockingIOError:
            self._selector.modify(line.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
            return
        except OSError:
            line.unsent = b""  # the server closed; whatever it said before is still to be read
        self._selector.modify(line.socket, selectors.EVENT_READ, line)

    def _serve(self, line: _Line, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._send(line)
        if not events & selectors.EVENT_READ:
            return
        try:
            received = line.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        line.heard = time.monotonic()
        line.reader.held += received
        line.reader.ended = not received
        if line.shot is None:
            self._unasked(line, received)
        else:
            self._advance(line, line.shot)

    def _unasked(self, line: _Line, received: bytes) -> None:
        """An idle connection: the server may end it, and may say nothing."""
        self._idle.remove(line)
        self._drop(line)
        if received:
            shot = Shot(-1, "*", "GET", b"")
            self._tell(Outcome(shot, (), 0.0, (f"an answer that nobody asked for: {received[:60]!r}",)))

    def _advance(self, line: _Line, shot: Shot) -> None:
        try:
            while (answer := line.reader.answer(shot.method)) is not None:
                line.answers.append(answer)
                if answer.closes:
                    line.reader.held = b""  # gunicorn sends a body with its own refusal of a HEAD
        except UnreadableError as error:
            self._finish(line, shot, (f"no HTTP answer: {error}",))
            return
        if line.reader.ended:
            self._finish(line, shot, self._ending(line, shot))
        elif line.answers and not shot.raw:
            self._finish(line, shot, ())
        elif _too_many(line, shot):
            self._finish(line, shot, ("more answers than requests",))

    def _ending(self, line: _Line, shot: Shot) -> tuple[str, ...]:
        if line.reader.held and not line.half_closed:
            return ("an answer that was cut off",)  # once we said that nothing follows, the server may stop, too
        if line.answers or shot.raw:
            return ()
        if line.served:
            return ("again",)  # the server ended an idle connection in the moment in which we used it
        # A body larger than the server takes may meet a closed door, and the answer may be lost with it.
        return () if len(shot.wire) > LARGE else ("no answer",)

    def _finish(self, line: _Line, shot: Shot, faults: tuple[str, ...]) -> None:
        self._busy.discard(line)
        self._raw -= shot.raw
        if _too_many(line, shot) and not faults:
            faults = ("more answers than requests",)
        stays = not (shot.raw or faults or line.reader.ended or line.unsent or line.answers[-1].closes)
        if stays:
            line.shot = None
            line.served += 1
            self._idle.append(line)
        else:
            self._drop(line)
        if faults == ("again",):
            self._start(shot)
            return
        self._tell(Outcome(shot, tuple(line.answers), time.monotonic() - line.began, faults))

    def _sweep(self, now: float) -> None:
        for line in list(self._busy):
            shot = line.shot
            if shot is None:
                continue
            if shot.raw and not line.half_closed and now - line.heard > PATIENCE:
                line.half_closed = True
                with contextlib.suppress(OSError):
                    line.socket.shutdown(socket.SHUT_WR)
            if now - line.began > SECONDS:
                self._finish(line, shot, (f"no answer in {SECONDS:.0f} s",))

    def _drop(self, line: _Line) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(line.socket)
        line.socket.close()


def _too_many(line: _Line, shot: Shot) -> bool:
    """True when more was answered than was asked; the server's own refusal of what came behind it is no answer."""
    answers = line.answers
    refused = len(answers) > 1 and answers[-1].closes and not answers[-1].get(b"x-request-id")
    return len(answers) - refused > shot.answers
