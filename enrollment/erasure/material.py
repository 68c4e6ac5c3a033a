"""What an erasure destroys, as a list: keys by the digest of their wrapped form, objects by that of their sealed bytes.

The list names nobody: identifiers of keys and objects are random. Its digest is what the proof signs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import column, delete, select, table

from enrollment.gallery.models import GalleryEntryRow
from enrollment.register.lookups import among
from enrollment.register.models import PersonRow
from enrollment.storage.models import StoredObjectRow
from idp.database import Session
from idp.keys import Purpose
from idp.keys.models import PersonKeyRow

__all__ = ["BODY_PURPOSES", "Material", "digest_of"]

BODY_PURPOSES = frozenset({Purpose.SAMPLE, Purpose.TEMPLATE})


class Material:
    """Lists and destroys keys, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owners(self, person_ids: Collection[UUID], applications: Mapping[str, UUID]) -> frozenset[UUID]:
        """Whose keys seal what is of these people: their own, and those of these applications and their captures."""
        own = select(PersonRow.subject_key_id).where(among(PersonRow.id, person_ids))
        searched = select(GalleryEntryRow.subject_id).where(GalleryEntryRow.person_id.in_(person_ids))
        rows = table("import_row", column("person_id"), column("subject_key_id"))
        taken_over = select(rows.c.subject_key_id).where(rows.c.person_id.in_(person_ids))
        return frozenset(self._session.scalars(own.union(searched, taken_over))) | frozenset(applications.values())

    def listed(self, owners: Collection[UUID], purposes: Collection[Purpose] = frozenset(Purpose)) -> dict[str, Any]:
        """The keys of these purposes, which are held until the transaction ends, and every object of the owners."""
        keys = self._session.scalars(
            select(PersonKeyRow)
            .where(among(PersonKeyRow.person_id, owners), PersonKeyRow.purpose.in_([one.value for one in purposes]))
            .order_by(PersonKeyRow.person_id, PersonKeyRow.purpose)
            .with_for_update()
        )
        objects = self._session.scalars(
            select(StoredObjectRow).where(among(StoredObjectRow.owner_id, owners)).order_by(StoredObjectRow.id)
        )
        return {
            "keys": [[str(row.person_id), row.purpose, sha256(row.wrapped).hexdigest()] for row in keys],
            "objects": [
                [str(row.id), str(row.owner_id), row.kind, row.version, row.store_version, row.digest.hex()]
                for row in objects
            ],
        }

    def destroy(self, keys: Iterable[list[str]]) -> int:
        """Destroy the listed keys; how many there were."""
        gone = 0
        for owner, purpose, _ in keys:
            chosen = delete(PersonKeyRow).where(PersonKeyRow.person_id == UUID(owner), PersonKeyRow.purpose == purpose)
            gone += self._session.scalar(chosen.returning(PersonKeyRow.version)) is not None
        return gone


def digest_of(material: dict[str, Any]) -> str:
    """SHA-256 over the list in one spelling, in hex."""
    spelled = json.dumps(material, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(spelled.encode()).hexdigest()
