"""What is put into the vault comes back as it was, or not at all."""

import io
import os
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from enrollment.errors import Code, Refusal
from enrollment.storage import Bucket, Facts, Fault, Kind, StoredObject, Vault
from enrollment.storage.cbeff import MAX_CONTENT
from enrollment.storage.objects import S3Objects
from idp.audit.models import AuditRow
from idp.errors import StoreUnavailableError
from tests.factories.vaults import Cellar

pytestmark = pytest.mark.integration

IMAGE = os.urandom(40_000)
FACTS = Facts(subtype="Right Thumb", quality=73, algorithm="wangov-finger-1", device="station-7")


@pytest.fixture
def vault(store_room: Cellar, session: Session) -> Vault:
    """A vault in a transaction that is rolled back."""
    return store_room.vault(session)


def put(vault: Vault, owner: UUID, kind: Kind = Kind.FINGER_IMAGE, content: bytes = IMAGE) -> StoredObject:
    """An object that is there."""
    stored = vault.put(owner, kind, content, FACTS)
    assert isinstance(stored, StoredObject)
    return stored


def damage(session: Session) -> list[dict[str, object]]:
    """The bodies of the alarms."""
    return list(session.scalars(select(AuditRow.body).where(AuditRow.event == "object.damaged")))


@pytest.mark.parametrize("kind", Kind)
def test_content_comes_back(vault: Vault, store_room: Cellar, kind: Kind) -> None:
    """Every kind of content comes back byte for byte with what was known of it, from the bucket of its kind."""
    stored = put(vault, uuid4(), kind)
    assert vault.read(stored.id) == IMAGE
    record = vault.open(stored.id)
    assert not isinstance(record, Refusal)
    assert (record.kind, record.facts, record.index) == (kind, FACTS, str(stored.id))
    assert store_room.names(kind.bucket) == [f"{stored.id}.1"]


def test_several_are_read_as_each_is(vault: Vault, store_room: Cellar, session: Session) -> None:
    """Of several objects, also of several people, each comes back as `read` gives it; a damaged one is audited."""
    mine = [put(vault, owner, content=bytes([number]) * 99) for number, owner in enumerate((uuid4(), uuid4(), uuid4()))]
    overwrite(store_room, session, mine[1], store_room.bytes_of(Bucket.RAW, mine[2].id))
    nobody = uuid4()
    found = vault.read_all([*(one.id for one in mine), nobody])
    assert found[mine[0].id] == bytes([0]) * 99
    assert found[mine[1].id] == Refusal(Code.ENR_OBJECT, Fault.DIGEST)
    assert found[mine[2].id] == bytes([2]) * 99
    assert found[nobody] == Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
    assert [body["object"] for body in damage(session)] == [str(mine[1].id)]


def test_nothing_readable_lies_in_the_store(vault: Vault, store_room: Cellar) -> None:
    """The object holds neither the content nor a word of its record."""
    stored = put(vault, uuid4())
    sealed = store_room.bytes_of(Bucket.RAW, stored.id)
    assert len(sealed) == stored.size
    assert IMAGE[:32] not in sealed
    assert b"Thumb" not in sealed


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda sealed: sealed[:-1], Fault.SIZE),
        (lambda sealed: sealed + b"x", Fault.SIZE),
        (lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]), Fault.DIGEST),
    ],
    ids=["cut off", "longer", "one bit"],
)
def test_damaged_object_is_not_used(
    vault: Vault, store_room: Cellar, session: Session, spoil: Callable[[bytes], bytes], fault: Fault
) -> None:
    """Bytes that are not those that were stored are refused, audited, and change nothing for other objects."""
    stored, other = put(vault, uuid4()), put(vault, uuid4())
    overwrite(store_room, session, stored, spoil(store_room.bytes_of(Bucket.RAW, stored.id)))
    assert vault.read(stored.id) == Refusal(Code.ENR_OBJECT, fault)
    assert damage(session) == [{"object": str(stored.id), "kind": "finger-image", "version": 1, "fault": fault.value}]
    assert vault.read(other.id) == IMAGE


def overwrite(store_room: Cellar, session: Session, stored: StoredObject, content: bytes) -> None:
    """Put other bytes where the object lies, and have the row look there, as in a store without versions."""
    name = f"{stored.id}.{stored.version}"
    bucket = store_room.store.bucket(stored.kind.bucket)
    made = store_room.client.put_object(bucket, name, io.BytesIO(content), len(content))
    session.execute(
        text("update stored_object set store_version = :version where id = :id"),
        {"version": made.version_id or "", "id": stored.id},
    )


def test_overwriting_in_the_store_changes_nothing(vault: Vault, store_room: Cellar) -> None:
    """With object lock the bytes that were stored are read, whatever was put over them."""
    stored = put(vault, uuid4())
    bucket = store_room.store.bucket(Bucket.RAW)
    store_room.client.put_object(bucket, f"{stored.id}.1", io.BytesIO(b"other"), 5)
    assert vault.read(stored.id) == IMAGE


def test_object_of_another_person_does_not_open(vault: Vault, store_room: Cellar, session: Session) -> None:
    """AC-111: A's template copied over B's is refused and audited, even where the row's digest was changed with it."""
    one, two = put(vault, uuid4(), Kind.FACE_TEMPLATE), put(vault, uuid4(), Kind.FACE_TEMPLATE, IMAGE[::-1])
    taken = store_room.bytes_of(Bucket.TEMPLATES, one.id)
    overwrite(store_room, session, two, taken)
    assert vault.read(two.id) == Refusal(Code.ENR_OBJECT, Fault.DIGEST)
    session.execute(
        text("update stored_object set digest = (select digest from stored_object where id = :one) where id = :two"),
        {"one": one.id, "two": two.id},
    )
    assert vault.read(two.id) == Refusal(Code.ENR_OBJECT, Fault.SEAL)
    assert [body["fault"] for body in damage(session)] == ["digest", "seal"]


def test_object_of_the_same_person_does_not_open(vault: Vault, store_room: Cellar, session: Session) -> None:
    """AC-111: another finger of the same person in a finger's place is refused, whatever the row was made to say."""
    owner = uuid4()
    thumb, ring = put(vault, owner), put(vault, owner, content=IMAGE[::-1])
    overwrite(store_room, session, ring, store_room.bytes_of(Bucket.RAW, thumb.id))
    session.execute(
        text("update stored_object set digest = (select digest from stored_object where id = :one) where id = :two"),
        {"one": thumb.id, "two": ring.id},
    )
    assert vault.read(ring.id) == Refusal(Code.ENR_OBJECT, Fault.SEAL)


def test_rolled_back_object_does_not_open(vault: Vault, store_room: Cellar, session: Session) -> None:
    """The bytes of an earlier version in the place of the present one are refused, and still with the old digest."""
    stored = put(vault, uuid4())
    old = store_room.bytes_of(Bucket.RAW, stored.id)
    digest = session.scalar(text("select digest from stored_object where id = :id"), {"id": stored.id})
    renewed = vault.replace(stored.id, 1, IMAGE[::-1], FACTS)
    assert isinstance(renewed, StoredObject)
    assert vault.read(stored.id) == IMAGE[::-1]
    overwrite(store_room, session, renewed, old)
    assert vault.read(stored.id) == Refusal(Code.ENR_OBJECT, Fault.DIGEST)
    session.execute(
        text("update stored_object set digest = :digest where id = :id"), {"digest": digest, "id": stored.id}
    )
    assert vault.read(stored.id) == Refusal(Code.ENR_OBJECT, Fault.SEAL)


def test_missing_object_is_told(vault: Vault, store_room: Cellar, session: Session) -> None:
    """An object that is gone from the store is an alarm; one that never was is not."""
    stored = put(vault, uuid4())
    for item in store_room.store.listed(Bucket.RAW, "", 10):
        store_room.store.remove(Bucket.RAW, item.name, item.version)
    assert vault.read(stored.id) == Refusal(Code.ENR_OBJECT, Fault.MISSING)
    assert len(damage(session)) == 1
    assert vault.read(uuid4()) == Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
    assert len(damage(session)) == 1


def test_destroyed_key_leaves_nothing_to_read(vault: Vault, session: Session) -> None:
    """AC-121: once the person's key is destroyed the object does not open, from wherever its bytes come."""
    owner = uuid4()
    stored = put(vault, owner)
    session.execute(text("delete from person_key where person_id = :id"), {"id": owner})
    assert vault.read(stored.id) == Refusal(Code.ENR_OBJECT, Fault.ERASED)
    assert damage(session) == []


def test_each_bucket_has_a_key_of_its_own(vault: Vault, session: Session) -> None:
    """A person's image, template and document are sealed under keys of three purposes."""
    owner = uuid4()
    for kind in (Kind.FACE_IMAGE, Kind.FACE_TEMPLATE, Kind.DOCUMENT):
        put(vault, owner, kind)
    purposes = session.scalars(text("select purpose from person_key where person_id = :id"), {"id": owner})
    assert sorted(purposes) == ["enrolment", "sample", "template"]


def test_of_two_replacements_one_holds(vault: Vault, session: Session) -> None:
    """Whoever replaces a version that is no longer the present one is refused, and changes nothing."""
    stored = put(vault, uuid4())
    assert isinstance(vault.replace(stored.id, 1, b"second"), StoredObject)
    assert vault.replace(stored.id, 1, b"third") == Refusal(Code.ENR_STATE, "object")
    assert vault.read(stored.id) == b"second"
    assert vault.replace(uuid4(), 1, b"x") == Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)


def test_replacements_race(own_database: Engine, store_room: Cellar) -> None:
    """Of fifty replacements of one version at once exactly one holds, and the object is whole afterwards."""
    with Session(own_database) as session:
        stored = put(store_room.vault(session), uuid4())
        session.commit()
    outcomes: list[bytes | Refusal] = []

    def run(number: int) -> None:
        with Session(own_database) as session:
            content = f"content {number}".encode()
            done = store_room.vault(session).replace(stored.id, 1, content)
            session.commit()
        outcomes.append(done if isinstance(done, Refusal) else content)

    pool = [threading.Thread(target=run, args=(number,)) for number in range(50)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    won = [outcome for outcome in outcomes if isinstance(outcome, bytes)]
    assert len(won) == 1
    assert len(outcomes) == 50
    with Session(own_database) as session:
        assert store_room.vault(session).read(stored.id) == won[0]


def test_too_much_or_nothing_is_refused(vault: Vault, store_room: Cellar) -> None:
    """Content over 6 MiB and no content at all are refused before anything is stored."""
    assert vault.put(uuid4(), Kind.DOCUMENT, bytes(MAX_CONTENT + 1)) == Refusal(Code.BIO_TOOLARGE, "object")
    assert vault.put(uuid4(), Kind.DOCUMENT, b"") == Refusal(Code.BIO_FORMAT, "object")
    assert store_room.all_names() == []


def test_a_name_is_taken_once(store_room: Cellar) -> None:
    """A put never overwrites: the second under a name fails, and the first's bytes stay."""
    store_room.store.put(Bucket.RAW, "name", b"first")
    with pytest.raises(FileExistsError):
        store_room.store.put(Bucket.RAW, "name", b"second")
    assert store_room.store.get(Bucket.RAW, "name", "", 100) == b"first"


def test_store_that_does_not_answer(store_room: Cellar, session: Session) -> None:
    """A store that is away is one exception, and leaves no row behind."""
    away = S3Objects("http://127.0.0.1:1", "key", "secret", prefix="away", timeout_seconds=1)
    vault = Vault(session, away, store_room.sealer, store_room.clock, store_room.entropy)
    with pytest.raises(StoreUnavailableError):
        vault.put(uuid4(), Kind.DOCUMENT, b"content")
    assert session.scalar(text("select count(*) from stored_object")) == 0


def test_wrong_credentials_are_no_empty_store(stack_state: S3Objects) -> None:
    """A store that turns us away is not taken for one without the object."""
    with pytest.raises(StoreUnavailableError):
        stack_state.get(Bucket.RAW, "name", "", 10)
    with pytest.raises(StoreUnavailableError):
        stack_state.put(Bucket.RAW, "name", b"x")


@pytest.fixture
def stack_state(store_room: Cellar) -> S3Objects:
    """The run's store with a secret that is not ours."""
    endpoint = store_room.client._base_url._url.geturl()
    return S3Objects(endpoint, "nobody", "x" * 40, prefix="foreign")
