"""A hard end for a conversation: a peer that sends a byte now and then does not keep it open."""

from __future__ import annotations

import contextlib
import socket
from http.client import HTTPConnection
from threading import Timer
from types import TracebackType
from typing import Self

from enrollment.errors import Code, Refusal

__all__ = ["Deadline"]


class Deadline:
    """Shuts a connection down when `seconds` are over, and closes it at the end of the block in any case."""

    def __init__(self, connection: HTTPConnection, seconds: float) -> None:
        self.passed = False
        self._connection = connection
        # An answer may hold the last reference, so that `connection.sock` is gone while bytes still come.
        self._line: socket.socket = connection.sock
        # One clock decides: the timer wakes whoever waits.
        self._line.settimeout(None)
        self._timer = Timer(seconds, self._over)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._line.close()

    def refusal(self) -> Refusal:
        """Why nothing came: `DEV_TIMEOUT` when the time is over, else `DEV_NOTFOUND`: it does not speak as it must."""
        return Refusal(Code.DEV_TIMEOUT, "answer") if self.passed else Refusal(Code.DEV_NOTFOUND, "answer")

    def _over(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
