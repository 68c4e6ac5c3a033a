"""The vault: content in, an identifier out; and back only what was put in.

Content becomes a biometric information record, is sealed under its owner's key with object, kind and version as
associated data, and goes to the object store first. The row that says it exists is written in the caller's transaction
afterwards: a crash in between leaves an orphan for the sweep, never a row without its object. What comes back is held
against size and digest of the row before it is opened, so bytes that were swapped, rolled back or cut off are told,
audited, and never used.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from enrollment.errors import Code, Refusal
from enrollment.storage import cbeff
from enrollment.storage.cbeff import NOTHING_KNOWN, Facts, Record
from enrollment.storage.framing import pack, unpack
from enrollment.storage.kinds import Kind
from enrollment.storage.models import ObjectRemovalRow, StoredObjectRow
from enrollment.storage.placing import about_of, name_of
from enrollment.storage.store import ObjectStore
from enrollment.storage.sweeping import Swept, sweep
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PersonKey, Purpose, Sealer
from idp.keys.person_keys import PersonKeys
from idp.keys.sealing import SealBrokenError

__all__ = ["Checked", "Fault", "StoredObject", "Vault"]

# What sealing adds.
_SEAL_BYTES = 28
_INSERT = insert(StoredObjectRow.metadata.tables[StoredObjectRow.__tablename__])
_Keys = dict[tuple[UUID, Purpose], PersonKey | None]


class Fault(StrEnum):
    """Why an object is not used; the word behind `ENR_OBJECT`."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    SIZE = "size"
    DIGEST = "digest"
    SEAL = "seal"
    RECORD = "record"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the database knows it. `size` is that of the sealed bytes."""

    id: UUID
    owner_id: UUID
    kind: Kind
    version: int
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """How many objects were read, which are damaged, and the last that was read; None when there was none."""

    count: int
    damaged: Mapping[UUID, Fault]
    last: UUID | None


class Vault:
    """Puts, reads and removes content in the caller's transaction.

    Commit after a refusal too: what was found is audited. Every method raises `StoreUnavailableError` when the object
    store does not answer; what an unanswered put left is an orphan.
    """

    def __init__(self, session: Session, store: ObjectStore, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._store = store
        self._sealer = sealer
        self._keys = PersonKeys(session, sealer, clock)
        self._clock = clock
        self._entropy = entropy
        self._trail = Trail(session, clock, entropy)

    def put(self, owner_id: UUID, kind: Kind, content: bytes, facts: Facts = NOTHING_KNOWN) -> StoredObject | Refusal:
        """Store `content` under the key of `owner_id` for its bucket.

        Refused: `BIO_TOOLARGE` (over 6 MiB), `BIO_FORMAT` (nothing at all). ValueError for facts that no record may
        have.
        """
        fault = _unfit(content)
        if fault is not None:
            return fault
        made = self._write(self._entropy.uuid(), 1, owner_id, kind, content, facts)
        self._session.execute(_INSERT, made)
        return _stored(StoredObjectRow(**made))

    def replace(
        self, object_id: UUID, version: int, content: bytes, facts: Facts = NOTHING_KNOWN
    ) -> StoredObject | Refusal:
        """Store other content under the same identifier, as the version after `version`; the old bytes go.

        Refused as `put`, with `ENR_OBJECT` for an unknown object and `ENR_STATE` where `version` is not the present
        one: of two at once, the second.
        """
        fault = _unfit(content)
        if fault is not None:
            return fault
        row = self._row(object_id, lock=True)
        if row is None:
            return Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
        if row.version != version:
            return Refusal(Code.ENR_STATE, "object")
        made = self._write(row.id, version + 1, row.owner_id, Kind(row.kind), content, facts)
        self._discard(row)
        self._session.execute(update(StoredObjectRow).where(StoredObjectRow.id == object_id).values(**made))
        return _stored(StoredObjectRow(**made))

    def read(self, object_id: UUID) -> bytes | Refusal:
        """The content. Refused as `open`."""
        record = self.open(object_id)
        return record if isinstance(record, Refusal) else record.content

    def open(self, object_id: UUID) -> Record | Refusal:
        """The content with what is known about it.

        Refused: `ENR_OBJECT` with a `Fault`. All but `UNKNOWN` and `ERASED` are alarms, audited as `object.damaged`.
        """
        return self._told(self._row(object_id), {})

    def read_all(self, object_ids: Collection[UUID]) -> Mapping[UUID, bytes | Refusal]:
        """The content of each, as `read`; their rows and keys are looked up together."""
        chosen = select(StoredObjectRow).where(StoredObjectRow.id.in_(object_ids))
        rows = {row.id: row for row in self._session.scalars(chosen.execution_options(populate_existing=True))}
        keys: _Keys = {}
        told = {object_id: self._told(rows.get(object_id), keys) for object_id in object_ids}
        return {each: found if isinstance(found, Refusal) else found.content for each, found in told.items()}

    def remove(self, object_id: UUID) -> bool:
        """Forget an object, now; its bytes go with the next sweep after the commit. False when there was none."""
        row = self._row(object_id, lock=True)
        if row is None:
            return False
        self._discard(row)
        self._session.execute(delete(StoredObjectRow).where(StoredObjectRow.id == object_id))
        return True

    def owned(self, owner_id: UUID) -> tuple[StoredObject, ...]:
        """Everything that is stored for an owner, oldest first."""
        rows = self._session.scalars(
            select(StoredObjectRow).where(StoredObjectRow.owner_id == owner_id).order_by(StoredObjectRow.id)
        )
        return tuple(map(_stored, rows))

    def check(self, after: UUID | None = None, most: int = 1000) -> Checked:
        """Read the next `most` objects after that identifier and tell which of them are not as they were stored.

        Each of those is audited as when it is read.
        """
        chosen = select(StoredObjectRow.id).order_by(StoredObjectRow.id).limit(most)
        ids = self._session.scalars(chosen if after is None else chosen.where(StoredObjectRow.id > after)).all()
        outcomes = {object_id: self.open(object_id) for object_id in ids}
        faults = {
            object_id: Fault(outcome.about) for object_id, outcome in outcomes.items() if isinstance(outcome, Refusal)
        }
        harmless = {Fault.UNKNOWN, Fault.ERASED}
        damaged = {object_id: fault for object_id, fault in faults.items() if fault not in harmless}
        return Checked(len(ids), damaged, ids[-1] if ids else None)

    def sweep(self, older_than: timedelta, *, everything: bool = False) -> Swept:
        """Remove orphans older than that and what was discarded, hold what stays; see `sweeping.sweep`."""
        return sweep(self._session, self._store, self._clock, self._trail, older_than, everything=everything)

    def _told(self, row: StoredObjectRow | None, keys: _Keys) -> Record | Refusal:
        """What `open` answers."""
        if row is None:
            return Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
        found = self._opened(row, keys)
        if not isinstance(found, Fault):
            return found
        if found is not Fault.ERASED:
            self._trail.append(AuditEvent(Event.OBJECT_DAMAGED, actor="system", body=_damage(row, found)))
        return Refusal(Code.ENR_OBJECT, found)

    def _opened(self, row: StoredObjectRow, keys: _Keys) -> Record | Fault:
        kind = Kind(row.kind)
        sealed = self._store.get(kind.bucket, name_of(row.id, row.version), row.store_version, row.size + 1)
        if sealed is None:
            return Fault.MISSING
        if len(sealed) != row.size:
            return Fault.SIZE
        if not hmac.compare_digest(sha256(sealed).digest(), row.digest):
            return Fault.DIGEST
        owned = row.owner_id, kind.bucket.purpose
        if owned not in keys:
            keys[owned] = self._keys.find(*owned)
        key = keys[owned]
        if key is None:
            return Fault.ERASED
        try:
            plain = self._sealer.open(key, sealed, about_of(row.id, kind, row.version))
        except SealBrokenError:
            return Fault.SEAL
        record = unpack(plain)
        if isinstance(record, Refusal):
            return Fault.RECORD
        return record if record.kind is kind and record.index == str(row.id) else Fault.RECORD

    def _write(
        self, object_id: UUID, version: int, owner_id: UUID, kind: Kind, content: bytes, facts: Facts
    ) -> dict[str, object]:
        """Seal and upload; the values of the row."""
        now = self._clock.now()
        plain = pack(Record(kind, content, now, facts, str(object_id)))
        about = about_of(object_id, kind, version)
        sealed = self._keys.seal(owner_id, kind.bucket.purpose, plain, about)
        store_version = self._store.put(kind.bucket, name_of(object_id, version), sealed)
        return {
            "id": object_id,
            "owner_id": owner_id,
            "kind": kind.value,
            "version": version,
            "store_version": store_version,
            "digest": sha256(sealed).digest(),
            "size": len(plain) + _SEAL_BYTES,
            "created_at": now,
            "held_at": None,
        }

    def _discard(self, row: StoredObjectRow) -> None:
        values = {
            "bucket": Kind(row.kind).bucket.value,
            "name": name_of(row.id, row.version),
            "store_version": row.store_version,
            "asked_at": self._clock.now(),
        }
        self._session.execute(insert(ObjectRemovalRow), values)

    def _row(self, object_id: UUID, *, lock: bool = False) -> StoredObjectRow | None:
        chosen = (
            select(StoredObjectRow).where(StoredObjectRow.id == object_id).execution_options(populate_existing=True)
        )
        return self._session.scalar(chosen.with_for_update() if lock else chosen)


def _unfit(content: bytes) -> Refusal | None:
    if len(content) > cbeff.MAX_CONTENT:
        return Refusal(Code.BIO_TOOLARGE, "object")
    return None if content else Refusal(Code.BIO_FORMAT, "object")


def _damage(row: StoredObjectRow, fault: Fault) -> dict[str, str | int]:
    return {"object": str(row.id), "kind": row.kind, "version": row.version, "fault": fault.value}


def _stored(row: StoredObjectRow) -> StoredObject:
    return StoredObject(row.id, row.owner_id, Kind(row.kind), row.version, row.size, row.created_at)
