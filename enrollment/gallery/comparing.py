"""One search of fingers in a gallery of which some templates may turn out to be damaged or gone.

Loads the engine: imported in workers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.shortlist import ShortForm
from biometrics.identification.candidates import Ratios
from biometrics.identification.finger_search import Fingers
from biometrics.identification.fingers import FingerGallery, FingerKey
from biometrics.sample import FingerPosition
from enrollment.capture import Position
from enrollment.gallery.decoding import PreparedFingers, prepared_finger
from enrollment.gallery.searching import Fetch, Place

__all__ = ["Comparison", "LostError", "place_of"]


class LostError(Exception):
    """Fingers that the search wanted are not there: it must be made again without them."""


class _Present(FingerGallery[ShortForm]):
    """A gallery without the impressions that are lost; everything else is asked of the gallery itself."""

    def __init__(self, held: FingerGallery[ShortForm], lost: set[FingerKey]) -> None:
        self._held = held
        self._lost = lost

    def __len__(self) -> int:
        return len(self._held)

    @property
    def positions(self) -> tuple[FingerPosition, ...]:
        """As the gallery's."""
        return self._held.positions

    @property
    def people(self) -> Any:
        """As the gallery's."""
        return self._held.people

    def keys_of(self, person: int) -> tuple[FingerKey, ...]:
        """What of a person can be compared."""
        return tuple(key for key in self._held.keys_of(person) if key not in self._lost)

    def scores(self, position: FingerPosition, form: ShortForm) -> Any:
        """As the gallery's."""
        return self._held.scores(position, form)

    def rows(self, position: FingerPosition) -> Any:
        """As the gallery's."""
        return self._held.rows(position)


class Comparison:
    """The fingers of one search. `damaged` are people with a template that is there and is not whole."""

    def __init__(self, gallery: FingerGallery[ShortForm], ratios: Ratios, fetch: Fetch, kept: PreparedFingers) -> None:
        self.damaged: set[int] = set()
        self._lost: set[FingerKey] = set()
        self._fetch = fetch
        self._kept = kept
        self.present = _Present(gallery, self._lost)
        self.fingers = Fingers(
            gallery=self.present,
            match=lambda one, many: compare_many(one, many, Mode.FULL),
            fetch=self._prepared,
            ratios=ratios,
        )

    def blind(self) -> list[int]:
        """People of whom every finger is lost, one of them by damage."""
        return sorted(person for person in self.damaged if not self.present.keys_of(person))

    def _prepared(self, keys: Sequence[FingerKey]) -> list[PreparedFinger]:
        places = {key: place_of(key) for key in keys}
        ready = {key: self._kept.get(place) for key, place in places.items()}
        wanted = [key for key, finger in ready.items() if finger is None]
        contents = self._fetch([places[key] for key in wanted]) if wanted else {}
        for key in wanted:
            content = contents.get(places[key])
            finger = None if content is None else prepared_finger(content)
            if isinstance(finger, PreparedFinger):
                self._kept.keep(places[key], finger)
                ready[key] = finger
                continue
            self._lost.add(key)
            if places[key] in contents:
                self.damaged.add(key.person)
        found = [finger for finger in ready.values() if finger is not None]
        if len(found) < len(keys):
            raise LostError
        return found


def place_of(key: FingerKey) -> Place:
    """Where the template of a finger of the gallery stands."""
    return Place(UUID(int=key.person), Position.of_number(int(key.position)), key.impression)
