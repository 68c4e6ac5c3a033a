"""Fingers that are unit vectors of sixty-four equal numbers and compare by their product: enough to test searches."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Toy", "ToyList", "match"]

Print = NDArray[np.float32]


class Toy:
    """The finger of a seed: sixty-four signs, an eighth each, so that products are exact."""

    def __init__(self, seed: int) -> None:
        signs = np.random.default_rng(seed).integers(0, 2, 64) * 2 - 1
        self.print = np.asarray(signs / 8, np.float32)


class ToyList:
    """A shortlist that removes as the real one does: the last row takes the place."""

    def __init__(self) -> None:
        self._ids: list[Hashable] = []
        self._prints: list[Print] = []

    def add(self, identifier: Hashable, form: Print, /) -> None:
        """Append."""
        self._ids.append(identifier)
        self._prints.append(form)

    def remove(self, identifier: Hashable, /) -> None:
        """Let the last take its row."""
        row = self._ids.index(identifier)
        self._ids[row], self._prints[row] = self._ids[-1], self._prints[-1]
        self._ids.pop()
        self._prints.pop()

    def scores(self, probe: Print, /) -> NDArray[np.float32]:
        """Products."""
        return np.array([float(form @ probe) for form in self._prints], np.float32)

    @property
    def identifiers(self) -> Sequence[Hashable]:
        """In order of rows."""
        return tuple(self._ids)


def match(probe: Print, gallery: Sequence[Print]) -> NDArray[np.float32]:
    """Products with the probe."""
    return np.array([float(form @ probe) for form in gallery], np.float32)
