"""A disk that loses power: stops at a chosen step and forgets part of what was not synced."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import numpy as np

from biometrics.identification.disk import Disk

__all__ = ["FaultyDisk", "Loss", "PowerLossError"]


class PowerLossError(Exception):
    """The step at which everything stopped."""


class Loss(StrEnum):
    """Which unsynced changes the medium did not get: of names in folders, of contents, all of both, or some."""

    NAMES = "names"
    CONTENTS = "contents"
    ALL = "all"
    SOME = "some"


class FaultyDisk(Disk):
    """Fails at step `limit` (counted from 0); a write may get half done. `lose` undoes unsynced changes."""

    def __init__(self, limit: int, loss: Loss, generator: np.random.Generator) -> None:
        self._left = limit
        self._loss = loss
        self._generator = generator
        self._undo: list[tuple[Path, Callable[[Path], object]]] = []

    def _step(self) -> bool:
        self._left -= 1
        return self._left < 0

    def lose(self) -> None:
        """What the medium did not get before the power went."""
        for path, undo in reversed(self._undo):
            kind = Loss.NAMES if path.is_dir() else Loss.CONTENTS
            if self._generator.random() < 0.5 if self._loss is Loss.SOME else self._loss in (kind, Loss.ALL):
                undo(path)
        self._undo.clear()

    def create(self, path: Path, size: int) -> None:
        """A name that the folder may forget."""
        if self._step():
            raise PowerLossError
        super().create(path, size)
        self._undo.append((path.parent, lambda _: path.unlink(missing_ok=True)))

    def write(self, path: Path, offset: int, content: bytes | memoryview) -> None:
        """Bytes that may be lost, or half written at the end."""
        with path.open("rb") as file:
            file.seek(offset)
            before = file.read(len(content))
        size = path.stat().st_size
        half = self._step()
        kept = int(self._generator.integers(len(content) + 1)) if half else len(content)
        super().write(path, offset, bytes(content)[:kept])
        self._undo.append((path, lambda now: self._restore(now, offset, before, size)))
        if half:
            raise PowerLossError

    def _restore(self, path: Path, offset: int, before: bytes, size: int) -> None:
        if path.exists():
            super().write(path, offset, before)
            with path.open("rb+") as file:
                file.truncate(size)

    def sync(self, path: Path) -> None:
        """From here on nothing of this file or folder is lost. Nobody waits for a medium that is made up."""
        if self._step():
            raise PowerLossError
        self._undo = [(changed, undo) for changed, undo in self._undo if changed != path]

    def rename(self, source: Path, target: Path) -> None:
        """A name that may fall back to the file before; what was not synced follows the new name."""
        if self._step():
            raise PowerLossError
        before = target.read_bytes() if target.exists() else None
        super().rename(source, target)
        self._undo = [(target if changed == source else changed, undo) for changed, undo in self._undo]
        if before is not None:
            self._undo.append((target.parent, lambda _: target.write_bytes(before)))

    def remove(self, path: Path) -> None:
        """Nothing to lose."""
        if self._step():
            raise PowerLossError
        super().remove(path)
