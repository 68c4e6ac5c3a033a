"""What stored objects are called, what they are sealed about, and what is left of one that was removed or erased."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from enrollment.storage import cbeff
from enrollment.storage.kinds import Kind
from enrollment.storage.store import ObjectStore
from idp.clock import Clock
from idp.database import Session
from idp.keys import Sealer
from idp.keys.person_keys import PersonKeys
from idp.keys.sealing import SealBrokenError

__all__ = ["Leavings", "Left", "Placed", "about_of", "name_of"]

# The record around the content is a third larger than it.
_MOST = 2 * cbeff.MAX_CONTENT


class Left(StrEnum):
    """What there is of an object's bytes: nothing, noise without its key, or the content itself."""

    NOTHING = "nothing"
    SEALED = "sealed"
    READABLE = "readable"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the sealed bytes of an object were written, and whose key sealed them."""

    id: UUID
    owner_id: UUID
    kind: Kind
    version: int
    store_version: str


class Leavings:
    """Looks for bytes that no row may know of any more, in the caller's transaction. Nothing is read out."""

    def __init__(self, session: Session, store: ObjectStore, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._keys = PersonKeys(session, sealer, clock)

    def of(self, stored: Placed) -> Left:
        """What is left of one. Raises `StoreUnavailableError` when the object store does not answer."""
        place = name_of(stored.id, stored.version)
        sealed = self._store.get(stored.kind.bucket, place, stored.store_version, _MOST)
        if sealed is None:
            return Left.NOTHING
        about = about_of(stored.id, stored.kind, stored.version)
        try:
            plain = self._keys.open(stored.owner_id, stored.kind.bucket.purpose, sealed, about)
        except SealBrokenError:
            return Left.SEALED
        return Left.SEALED if plain is None else Left.READABLE


def name_of(object_id: UUID, version: int) -> str:
    """Identifiers are ordered by time, so names are too: the sweep looks at a stretch of them."""
    return f"{object_id}.{version}"


def about_of(object_id: UUID, kind: Kind, version: int) -> str:
    """What an object's bytes are sealed about, so that they pass for no other object, kind or version."""
    return f"object|{object_id}|{kind.value}|{version}"
