"""Time, the only door to it: everything that asks "what time is it?" is handed a `Clock`.

A public name here is either the protocol that services depend on or one of its two clocks.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

__all__ = ["Clock", "ShiftedClock", "SystemClock"]


class Clock(Protocol):
    """Where services read the present moment."""

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, with fractions."""
        ...

    def now(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, with fractions."""
        return time.time()

    def now(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock moved by the seconds written in a file, for servers under test.

    The composition root builds it only where the environment is `test`; production has no way to it.
    The file is read on every call, so that all workers move together.
    """

    def __init__(self, offset_file: Path) -> None:
        self._offset_file = offset_file

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z plus the offset in the file (0 while it is absent or empty)."""
        try:
            offset = float(self._offset_file.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            offset = 0.0
        return time.time() + offset

    def now(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.epoch(), UTC)
