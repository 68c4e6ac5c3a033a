"""Keeps the list of what was erased in the object store, and reads it there: it must survive the loss of the database.

An entry is written after the erasure was committed, so that the list never tells of one that did not happen. A worker
writes what is not kept yet; killed in between, it finds the entry there the next time.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from enrollment.erasure.entries import MAX_BYTES, sealed, stored_entries
from enrollment.erasure.models import KeptErasureRow
from enrollment.storage import Bucket, ObjectStore
from idp.clock import Clock
from idp.database import Session
from idp.errors import StoreUnavailableError
from idp.keys import PurposeKeys

__all__ = ["Keeping"]

_PAGE = 500


class Keeping:
    """Writes and reads the list, in the caller's transaction."""

    def __init__(self, session: Session, store: ObjectStore, keys: PurposeKeys, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._keys = keys
        self._clock = clock

    def keep(self, most: int) -> int:
        """Write at most so many entries of each sort that are not kept yet, and let nobody remove them; how many.

        The hold is as good as the store's object lock; without one an entry can be removed by who may write there.
        """
        count = 0
        for entry in list(stored_entries(self._session, unkept=True, most=most)):
            self._place(entry.id, sealed(entry, self._keys))
            row = {"id": UUID(entry.id), "kept_at": self._clock.now()}
            self._session.execute(insert(KeptErasureRow).values(row).on_conflict_do_nothing())
            count += 1
        return count

    def _place(self, name: str, line: bytes) -> None:
        """Under its name; where something else has that, under one that nobody could know before."""
        for free in (name, f"{name}.{sha256(line).hexdigest()}"):
            try:
                version: str | None = self._store.put(Bucket.ERASURES, free, line)
            except FileExistsError:
                # Ours of a round that ended before its commit, perhaps before the hold; or not ours.
                version = self._version_of(free, line)
            if version is not None:
                self._store.hold(Bucket.ERASURES, free, version)
                return
        message = "both names of an entry are taken by something else"
        raise StoreUnavailableError(message)

    def _version_of(self, name: str, line: bytes) -> str | None:
        for one in self._store.listed(Bucket.ERASURES, name[:-1], _PAGE):
            if one.name == name and self._store.get(Bucket.ERASURES, name, one.version, len(line) + 1) == line:
                return one.version
        return None

    def lines(self) -> Iterator[bytes]:
        """Every entry of the store, every version of it, as it lies there."""
        after = ""
        while page := self._store.listed(Bucket.ERASURES, after, _PAGE):
            for one in page:
                found = self._store.get(Bucket.ERASURES, one.name, one.version, MAX_BYTES + 1)
                if found is not None:
                    yield found
            after = page[-1].name
