"""What the person at the terminal sees: progress lines, and the servers' own lines behind their names."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

__all__ = ["Output"]

_NAME_WIDTH = 10


class Output:
    """Writes whole lines, one at a time, from any thread.

    `closed` turns true when nobody reads any more (`make run | head`); writing then does nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._lock = threading.Lock()
        self.closed = False

    def say(self, text: str) -> None:
        """One progress line of our own."""
        self._write(text)

    def relay(self, name: str, line: str) -> None:
        """One line of the server `name`; control characters cannot reach the terminal."""
        visible = "".join(char if char.isprintable() or char == "\t" else "?" for char in line)
        self._write(f"{name:<{_NAME_WIDTH}} | {visible}")

    def _write(self, text: str) -> None:
        with self._lock:
            if self.closed:
                return
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                self.closed = True
