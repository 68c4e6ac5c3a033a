"""The sweep: what nobody refers to goes from the object store, what stays is held there.

An object whose row was never committed is an orphan. Names begin with identifiers that carry their time, so a round
lists only those made within the last days; `everything` lists the whole store. Discarded objects are not searched for:
they were written down when they were discarded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update

from enrollment.storage.kinds import SEALED, Bucket, Kind
from enrollment.storage.models import ObjectRemovalRow, StoredObjectRow
from enrollment.storage.store import Listed, ObjectStore
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["LEAST_AGE", "Swept", "sweep"]

# No transaction that stores objects is open for longer.
LEAST_AGE = timedelta(minutes=10)
_WINDOW = timedelta(days=3)
_PAGE = 500
_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """How many objects a round removed as orphans, removed as discarded, and held."""

    orphans: int
    discarded: int
    held: int

    @property
    def total(self) -> int:
        """How many things it did."""
        return self.orphans + self.discarded + self.held


def sweep(
    session: Session,
    store: ObjectStore,
    clock: Clock,
    trail: Trail,
    older_than: timedelta,
    *,
    everything: bool = False,
) -> Swept:
    """One round. Any number may run at once; killed at any point, the next one goes on where it was.

    ValueError where `older_than` is under `LEAST_AGE`: a transaction that has just stored its objects would lose them.
    Raises `StoreUnavailableError` when the object store does not answer.
    """
    if older_than < LEAST_AGE:
        raise ValueError("an object may belong to a transaction that is still open")
    now = clock.now()
    since = datetime.min.replace(tzinfo=UTC) if everything else now - older_than - _WINDOW
    orphans = sum(_orphans(session, store, bucket, since, now - older_than) for bucket in SEALED)
    discarded = _discarded(session, store)
    held = _held(session, store, now)
    if orphans or discarded:
        body = {"orphans": orphans, "discarded": discarded}
        trail.append(AuditEvent(Event.OBJECT_SWEPT, actor="system", body=body))
    return Swept(orphans, discarded, held)


def _orphans(session: Session, store: ObjectStore, bucket: Bucket, since: datetime, until: datetime) -> int:
    after, count = _first_name(since), 0
    while True:
        page = store.listed(bucket, after, _PAGE)
        ripe = [item for item in page if _made_at(item) < until]
        for item in _unknown(session, ripe):
            store.remove(bucket, item.name, item.version)
            count += 1
        # By name is by age: after a page without one that is old enough there is none.
        if len(page) < _PAGE or not ripe:
            return count
        after = page[-1].name


def _unknown(session: Session, items: Sequence[Listed]) -> list[Listed]:
    """Those that neither a row nor a removal knows, by name and the store's version."""
    by_id = {item: _id_of(item.name) for item in items}
    ids = {found[0] for found in by_id.values() if found is not None}
    known = {
        (row.id, row.version, row.store_version)
        for row in session.execute(
            select(StoredObjectRow.id, StoredObjectRow.version, StoredObjectRow.store_version).where(
                StoredObjectRow.id.in_(ids)
            )
        )
    }
    names = {(item.name, item.version) for item in items}
    leaving = {
        (row.name, row.store_version)
        for row in session.execute(
            select(ObjectRemovalRow.name, ObjectRemovalRow.store_version).where(
                tuple_(ObjectRemovalRow.name, ObjectRemovalRow.store_version).in_(names)
            )
        )
    }
    return [
        item
        for item, found in by_id.items()
        if (found is None or (*found, item.version) not in known) and (item.name, item.version) not in leaving
    ]


def _discarded(session: Session, store: ObjectStore) -> int:
    rows = session.scalars(
        select(ObjectRemovalRow).order_by(ObjectRemovalRow.id).limit(_AT_A_TIME).with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        store.remove(Bucket(row.bucket), row.name, row.store_version)
    session.execute(delete(ObjectRemovalRow).where(ObjectRemovalRow.id.in_([row.id for row in rows])))
    return len(rows)


def _held(session: Session, store: ObjectStore, now: datetime) -> int:
    rows = session.scalars(
        select(StoredObjectRow)
        .where(StoredObjectRow.held_at.is_(None), StoredObjectRow.store_version != "")
        .limit(_AT_A_TIME)
        .with_for_update(skip_locked=True)
    ).all()
    held = [row.id for row in rows if store.hold(Kind(row.kind).bucket, f"{row.id}.{row.version}", row.store_version)]
    session.execute(update(StoredObjectRow).where(StoredObjectRow.id.in_(held)).values(held_at=now))
    return len(held)


def _id_of(name: str) -> tuple[UUID, int] | None:
    """Object and version by name; None for a name that is none of ours."""
    text, _, number = name.partition(".")
    try:
        found = UUID(text), int(number)
    except ValueError:
        return None
    return found if f"{found[0]}.{found[1]}" == name else None


def _made_at(item: Listed) -> datetime:
    """When it was made: by its identifier, which our own clock gave, else when the store says it was written."""
    found = _id_of(item.name)
    if found is None or found[0].version != 7:
        return item.written_at
    return datetime.fromtimestamp((found[0].int >> 80) / 1000, UTC)


def _first_name(since: datetime) -> str:
    """A text before all names of objects that were made at `since` or later."""
    milliseconds = max(int(since.timestamp() * 1000), 0)
    text = f"{milliseconds:012x}"
    return f"{text[:8]}-{text[8:]}" if milliseconds else ""
