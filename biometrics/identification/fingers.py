"""The finger gallery: short forms by finger position, and which impressions each person has.

What a short form is, how fingers are compared and where whole templates lie is told by arguments:
`biometrics.fingerprint` fulfils `Shortlist` (`ShortGallery`) and `Match` (`compare_many` with a mode), the caller's
store of sealed templates `Fetch`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.sample import FingerPosition

__all__ = ["Fetch", "FingerGallery", "FingerKey", "FingerProbe", "Match", "Shortlist"]

Prepared = TypeVar("Prepared")
Form = TypeVar("Form")
Form_contra = TypeVar("Form_contra", contravariant=True)


@dataclass(frozen=True, slots=True, order=True)
class FingerKey:
    """One enrolled impression: of which person (an id as in `Candidate`), of which finger, and which of several."""

    person: int
    position: FingerPosition
    impression: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FingerProbe(Generic[Prepared, Form]):
    """One finger of the person searched for, prepared for the matcher, and its short form.

    A finger of unknown position is compared with all positions.
    """

    position: FingerPosition
    prepared: Prepared
    form: Form


class Shortlist(Protocol[Form_contra]):
    """Short forms of one finger position, searched as a whole."""

    def add(self, identifier: Hashable, form: Form_contra, /) -> None:
        """Add one impression."""

    def remove(self, identifier: Hashable, /) -> None:
        """Remove one impression; rows may change their order."""

    def scores(self, probe: Form_contra, /) -> NDArray[np.float32]:
        """Scores of the probe against all rows, in the order of `identifiers`; higher is more alike."""

    @property
    def identifiers(self) -> Sequence[Hashable]:
        """Who stands in each row."""


# Raw scores of one prepared finger against some, float32 (n,).
Match = Callable[[Prepared, Sequence[Prepared]], NDArray[np.float32]]
# Prepared fingers by their keys, in the same order.
Fetch = Callable[[Sequence[FingerKey]], Sequence[Prepared]]


class FingerGallery(Generic[Form]):
    """Impressions of people by finger position; `make` gives an empty shortlist for a position.

    Not thread-safe: a search reads scores and rows one after the other, so whoever changes the gallery waits until no
    search is under way, or a score would be counted for the person whose row has taken the place.
    """

    def __init__(self, make: Callable[[], Shortlist[Form]]) -> None:
        """Start empty."""
        self._make = make
        self._lists: dict[FingerPosition, Shortlist[Form]] = {}
        self._keys: dict[int, list[FingerKey]] = {}
        self._people: NDArray[np.object_] | None = None
        self._rows: dict[FingerPosition, NDArray[np.intp]] = {}

    def __len__(self) -> int:
        """People enrolled."""
        return len(self._keys)

    @property
    def positions(self) -> tuple[FingerPosition, ...]:
        """Positions of which there is any impression, in their numbers' order."""
        return tuple(sorted(self._lists))

    @property
    def people(self) -> NDArray[np.object_]:
        """Ids of all people, rising; `rows` counts by this order."""
        if self._people is None:
            self._people = np.array(sorted(self._keys), np.object_)
        return self._people

    def keys_of(self, person: int) -> tuple[FingerKey, ...]:
        """What is enrolled of a person, in order; nothing for an unknown one."""
        return tuple(sorted(self._keys.get(person, ())))

    def add(self, key: FingerKey, form: Form) -> None:
        """Enrol one impression. Raises `ValueError` for an unknown position and for a key enrolled already."""
        known = self._keys.get(key.person, [])
        if key.position is FingerPosition.UNKNOWN or key in known:
            raise ValueError("an impression of a known finger, once")
        if key.position not in self._lists:
            self._lists[key.position] = self._make()
        self._lists[key.position].add(key, form)
        self._keys[key.person] = [*known, key]
        self._changed(None if not known else key.position)

    def remove(self, person: int) -> int:
        """Remove all impressions of a person; how many there were."""
        keys = self._keys.pop(person, [])
        for key in keys:
            self._lists[key.position].remove(key)
            if not len(self._lists[key.position].identifiers):
                del self._lists[key.position]
        if keys:
            self._changed(None)
        return len(keys)

    def scores(self, position: FingerPosition, form: Form) -> NDArray[np.float32]:
        """Shortlist scores against all impressions of a position, in the order of `rows`; empty if there are none."""
        found = self._lists.get(position)
        return np.zeros(0, np.float32) if found is None else found.scores(form)

    def rows(self, position: FingerPosition) -> NDArray[np.intp]:
        """Whose impression each row of a position is: indices into `people`."""
        if position not in self._rows:
            numbers = {person: number for number, person in enumerate(self.people.tolist())}
            keys: Iterable[Hashable] = self._lists[position].identifiers if position in self._lists else ()
            people = [numbers[key.person] for key in keys if isinstance(key, FingerKey)]
            self._rows[position] = np.array(people, np.intp)
        return self._rows[position]

    def _changed(self, position: FingerPosition | None) -> None:
        """Forget what was derived: of one position if the set of people stayed the same."""
        if position is None:
            self._people = None
            self._rows.clear()
        else:
            self._rows.pop(position, None)
