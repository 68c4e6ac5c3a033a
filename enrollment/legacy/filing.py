"""A checked file becomes stored rows: some hundred in each transaction, from where an earlier run was killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from uuid import UUID

from enrollment.legacy.batches import Batch, Batches, State
from enrollment.legacy.checking import Checked, Ground, Told, check
from enrollment.legacy.rows import Record
from enrollment.legacy.sources import Trouble, Unreadable
from enrollment.legacy.spreadsheets import NotASheetError
from enrollment.legacy.wishes import Wishes

__all__ = ["AT_A_TIME", "Filing"]

AT_A_TIME = 500


class Filing:
    """Stores the rows of a file. `between` is called after each part, so that the edge commits it."""

    def __init__(self, batches: Batches, between: Callable[[], None]) -> None:
        self._batches = batches
        self._between = between

    def file(
        self, batch: Batch, stream: BinaryIO, wishes: Wishes, ground: Ground, told: Told | None = None
    ) -> Checked | Unreadable:
        """Read, check and store everything; then the import is `checked`. Bears repeating at any point.

        Refused: as `enrollment.legacy.checking.check`; the import has failed then.
        """
        self._batches.change(batch.id, state=State.READING.value)
        self._between()
        keeper = _Keeper(self._batches, batch.id, batch.read, self._between)
        try:
            checked = check(stream, wishes, ground, told, keeper.keep)
        except NotASheetError as error:
            checked = Unreadable(Trouble.TOO_LARGE if error.too_large else Trouble.NOT_A_TABLE)
        if isinstance(checked, Unreadable):
            self._batches.change(batch.id, state=State.FAILED.value, trouble=checked.trouble.value)
            self._between()
            return checked
        keeper.store()
        self._batches.join(batch.id, checked.duplicates, checked.clashes)
        self._batches.checked(batch.id, checked.rows)
        self._between()
        return checked


class _Keeper:
    """Collects rows and stores them by the hundred; passes over those that are stored."""

    def __init__(self, batches: Batches, batch_id: UUID, stored: int, between: Callable[[], None]) -> None:
        self._batches = batches
        self._batch_id = batch_id
        self._stored = stored
        self._between = between
        self._seen: set[bytes] = set()
        self._waiting: list[Record] = []

    def keep(self, record: Record) -> None:
        """One more row."""
        if record.row <= self._stored:
            self._batches.number(self._batch_id, record, self._seen)
            return
        self._waiting.append(record)
        if len(self._waiting) == AT_A_TIME:
            self.store()

    def store(self) -> None:
        """Store what waits, and have it committed."""
        if self._waiting:
            self._batches.put(self._batch_id, self._waiting, self._seen)
            self._waiting = []
            self._between()
