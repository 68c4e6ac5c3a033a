"""Nothing stays in the object store that no row knows, and nothing goes that one does."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from minio.error import S3Error
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from enrollment.storage import Bucket, Kind, StoredObject, Swept
from enrollment.storage.sweeping import LEAST_AGE
from idp.audit.models import AuditRow
from tests.factories.vaults import Cellar

pytestmark = pytest.mark.integration

HALF_AN_HOUR = timedelta(minutes=30)


def put(session: Session, store_room: Cellar, kind: Kind = Kind.FINGER_IMAGE) -> StoredObject:
    """An object in this transaction."""
    stored = store_room.vault(session).put(uuid4(), kind, b"content")
    assert isinstance(stored, StoredObject)
    return stored


def swept(session: Session, store_room: Cellar, *, everything: bool = False) -> Swept:
    """One round of the sweep, committed."""
    done = store_room.vault(session).sweep(HALF_AN_HOUR, everything=everything)
    session.commit()
    return done


def test_orphans_go_and_what_is_known_stays(own_database: Engine, store_room: Cellar) -> None:
    """AC-100: what was uploaded for a transaction that never committed is gone within the hour; the rest is whole."""
    with Session(own_database) as session:
        kept = [put(session, store_room, kind) for kind in Kind]
        session.commit()
    with Session(own_database) as dying:
        for kind in Kind:
            put(dying, store_room, kind)
    assert len(store_room.all_names()) == 2 * len(Kind)
    with Session(own_database) as session:
        assert swept(session, store_room).orphans == 0
        store_room.clock.advance(minutes=31)
        assert swept(session, store_room).orphans == len(Kind)
        assert sorted(store_room.all_names()) == sorted(f"{stored.id}.1" for stored in kept)
        assert all(store_room.vault(session).read(stored.id) == b"content" for stored in kept)
        bodies = list(session.scalars(select(AuditRow.body).where(AuditRow.event == "object.swept")))
    assert bodies == [{"orphans": len(Kind), "discarded": 0}]


def test_open_transaction_keeps_its_objects(own_database: Engine, store_room: Cellar) -> None:
    """A round while a transaction is open takes nothing of it, and one that would is a mistake of the caller."""
    with Session(own_database) as writing:
        stored = put(writing, store_room)
        with Session(own_database) as session:
            assert swept(session, store_room).total == 0
            with pytest.raises(ValueError, match="still open"):
                store_room.vault(session).sweep(LEAST_AGE - timedelta(seconds=1))
        writing.commit()
        assert store_room.vault(writing).read(stored.id) == b"content"


def test_discarded_objects_go_with_the_next_round(own_database: Engine, store_room: Cellar) -> None:
    """What was removed or replaced goes, its hold too; a removal that was rolled back leaves the object whole."""
    with Session(own_database) as session:
        gone, renewed, kept = (put(session, store_room) for _ in range(3))
        session.commit()
        assert swept(session, store_room) == Swept(0, 0, 3)
        store_room.vault(session).remove(kept.id)
        session.rollback()
        vault = store_room.vault(session)
        assert vault.remove(gone.id)
        assert not vault.remove(gone.id)
        vault.replace(renewed.id, 1, b"other")
        session.commit()
        assert swept(session, store_room) == Swept(0, 2, 1)
        assert sorted(store_room.names(Bucket.RAW)) == sorted([f"{renewed.id}.2", f"{kept.id}.1"])
        assert vault.read(kept.id) == b"content"
        assert vault.read(renewed.id) == b"other"
        assert swept(session, store_room).total == 0


def test_held_object_cannot_be_removed_by_a_client(own_database: Engine, store_room: Cellar) -> None:
    """After a round, a client of the store with our own credentials cannot remove the bytes."""
    with Session(own_database) as session:
        stored = put(session, store_room)
        session.commit()
        swept(session, store_room)
        bucket = store_room.store.bucket(Bucket.RAW)
        version = store_room.store.listed(Bucket.RAW, "", 10)[0].version
        with pytest.raises(S3Error, match="AccessDenied"):
            store_room.client.remove_object(bucket, f"{stored.id}.1", version_id=version)
        store_room.client.remove_object(bucket, f"{stored.id}.1")
        assert store_room.vault(session).read(stored.id) == b"content"


def test_foreign_objects_go_when_everything_is_looked_at(own_database: Engine, store_room: Cellar) -> None:
    """Objects under names that are none of ours, and old orphans, are found by a look at the whole store."""
    bucket = store_room.store.bucket(Bucket.DOCUMENTS)
    store_room.client.put_object(bucket, "0000-stray", io.BytesIO(b"x"), 1)
    with Session(own_database) as dying:
        put(dying, store_room)
    store_room.clock.advance(days=30)
    with Session(own_database) as session:
        assert swept(session, store_room).orphans == 0
        assert swept(session, store_room, everything=True).orphans == 2
    assert store_room.all_names() == []


def test_second_version_of_a_known_name_is_an_orphan(own_database: Engine, store_room: Cellar) -> None:
    """Bytes that somebody put over an object go, and the object's own stay."""
    with Session(own_database) as session:
        stored = put(session, store_room)
        session.commit()
        bucket = store_room.store.bucket(Bucket.RAW)
        store_room.client.put_object(bucket, f"{stored.id}.1", io.BytesIO(b"other"), 5)
        store_room.clock.advance(hours=1)
        assert swept(session, store_room).orphans == 1
        assert store_room.names(Bucket.RAW) == [f"{stored.id}.1"]
        assert store_room.vault(session).read(stored.id) == b"content"
