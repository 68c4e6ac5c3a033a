"""A copy of the database from before an erasure is restored: the list that lies apart from it erases again."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from enrollment.cli.erasing import erase_due
from enrollment.cli.erasure_list import keep_entries
from enrollment.erasure.entries import opened, sealed, stored_entries
from enrollment.erasure.models import ErasureRow, KeptErasureRow
from enrollment.register import Status
from enrollment.register.models import PersonAccountRow, PersonRow
from enrollment.storage import Bucket
from enrollment.web.rooms import EXAMINER, OBJECTS
from enrollment.web.standing_rooms import keeping
from idp.database import Base
from idp.keys.models import PersonKeyRow
from idp.selfservice.models import AccountClosingRow
from idp.subscribers import State
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.rooms import directory
from tests.factories.captures import WrittenExaminer
from tests.factories.floor import Floor
from tests.factories.records import Citizen, citizen, status_of
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import EVERYTHING
from tests.stack import Stack

pytestmark = pytest.mark.integration
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


class Copy:
    """What a copy of the database from now has of somebody, put back as a restore does."""

    def __init__(self, floor: Floor, one: Citizen) -> None:
        self._floor, self._one = floor, one
        with floor.site.app.app_context():
            person = db.session.get_one(PersonRow, one.person_id)
            self.owners = [person.subject_key_id, one.id]
            self._people = rows(PersonRow, id=one.person_id)
            self._accounts = rows(SubscriberRow, id=one.id)
            self.keys = [row for owner in self.owners for row in rows(PersonKeyRow, person_id=owner)]

    def restore(self) -> None:
        """The record, the account and the keys are as they were, and nobody knows of an erasure."""
        with self._floor.site.app.app_context():
            for kind, held in ((PersonRow, self._people), (SubscriberRow, self._accounts)):
                for row in held:
                    db.session.execute(update(kind).where(kind.id == row["id"]).values(row))
            db.session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id.in_(self.owners)))
            db.session.execute(insert(PersonKeyRow), self.keys)
            theirs = select(ErasureRow.id).where(ErasureRow.person_id == self._one.person_id)
            db.session.execute(delete(KeptErasureRow).where(KeptErasureRow.id.in_(theirs)))
            db.session.execute(delete(ErasureRow).where(ErasureRow.person_id == self._one.person_id))
            db.session.commit()

    def left(self) -> int:
        """How many of its keys are there."""
        with self._floor.site.app.app_context():
            return len([row for owner in self.owners for row in rows(PersonKeyRow, person_id=owner)])


def rows(kind: type[Base], **of: object) -> Rows:
    """Rows of a table by column."""
    columns = kind.__table__.columns
    wanted = select(*columns).where(*(columns[name] == value for name, value in of.items()))
    return [dict(row._mapping) for row in db.session.execute(wanted)]


def erased(floor: Floor, one: Citizen, scope: str = "record") -> uuid.UUID:
    """Something of somebody was erased; which erasure."""
    now, erasure_id = floor.site.services.clock.now(), uuid.uuid4()
    values = {"id": erasure_id, "person_id": one.person_id, "scope": scope, "ground": "law", "asked_by": uuid.uuid4()}
    with floor.site.app.test_request_context():
        db.session.execute(insert(ErasureRow).values(**values, asked_at=now - timedelta(days=8), due_at=now))
        db.session.commit()
        assert erase_due() == 1
    return erasure_id


def replayed(floor: Floor, *arguments: str) -> tuple[int, Mapping[str, int]]:
    """What the operator's command says."""
    done = floor.site.app.test_cli_runner().invoke(args=["erasure", "replay", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


def exported(floor: Floor, file: Path) -> Path:
    """The list of this database, in a file."""
    done = floor.site.app.test_cli_runner().invoke(args=["erasure", "export", str(file), "--json"])
    assert done.exit_code == 0, done.output
    return file


def kept(floor: Floor) -> int:
    """What the worker does every ten minutes."""
    with floor.site.app.test_request_context():
        return keep_entries()


def test_what_a_restore_brought_back_is_erased_again(floor: Floor, stored: Cellar) -> None:
    """AC-121: by the list in the object store; record, account and keys are gone, the first proof is true as it was."""
    one, other = citizen(floor, body=EVERYTHING), citizen(floor, body=EVERYTHING)
    copy, others = Copy(floor, one), Copy(floor, other)
    erasure_id = erased(floor, one)
    assert kept(floor) >= 1
    assert kept(floor) == 0
    with floor.site.app.app_context():
        proof = db.session.get_one(ErasureRow, erasure_id).proof
    copy.restore()
    assert (status_of(floor, one), copy.left() > 0) == (Status.ACTIVE, True)
    status, told = replayed(floor, "--from-store")
    assert (status, told["again"], told["failed"], told["refused"]) == (0, 1, 0, 0)
    assert (status_of(floor, one), copy.left()) == (Status.ERASED, 0)
    with floor.site.app.app_context():
        account = directory().get(one.id)
        assert account is not None
        assert account.state is State.ERASED
        assert db.session.get_one(ErasureRow, erasure_id).proof == proof
    verified = floor.site.app.test_cli_runner().invoke(args=["erasure", "verify", "--id", str(erasure_id), "--json"])
    assert json.loads(verified.stdout)["valid"] is True
    again, nothing = replayed(floor, "--from-store")
    assert (again, nothing["again"], nothing["keys"]) == (0, 0, 0)
    assert others.left() == len(others.keys)
    assert len(floor.audited("erasure.replayed")) == 1


def test_a_body_is_erased_again_and_what_was_enrolled_since_stays(floor: Floor, tmp_path: Path) -> None:
    """By a file; of keys with the same owner and purpose, the one from before goes, the one from after does not."""
    one = citizen(floor, body=EVERYTHING)
    copy = Copy(floor, one)
    erased(floor, one, "body")
    file = exported(floor, tmp_path / "list")
    copy.restore()
    status, told = replayed(floor, str(file))
    assert (status, told["again"]) == (0, 1)
    bodily = {"sample", "template"}
    with floor.site.app.app_context():
        there = rows(PersonKeyRow, person_id=copy.owners[0])
        before = {row["purpose"] for row in copy.keys if row["person_id"] == copy.owners[0]}
        assert bodily <= before
        assert {row["purpose"] for row in there} == before - bodily
    later = next(row for row in copy.keys if row["purpose"] == "sample")
    with floor.site.app.app_context():
        made = floor.site.services.clock.now() + timedelta(days=1)
        db.session.execute(insert(PersonKeyRow).values(later | {"created_at": made}))
        db.session.commit()
    assert replayed(floor, str(file))[1]["keys"] == 0
    with floor.site.app.app_context():
        assert [row["purpose"] for row in rows(PersonKeyRow, person_id=copy.owners[0], purpose="sample")] == ["sample"]
        db.session.execute(update(PersonKeyRow).where(PersonKeyRow.created_at == made).values(later))
        db.session.commit()
    assert replayed(floor, str(file))[1]["keys"] == 1


def test_a_closed_account_is_erased_again(floor: Floor, tmp_path: Path) -> None:
    """Its owner closed it after the copy was made; nobody is told a second time."""
    account = floor.site.person()
    now = floor.site.services.clock.now()
    closing = {"id": uuid.uuid4(), "subscriber_id": account.id, "asked_at": now, "closes_at": now}
    with floor.site.app.app_context():
        db.session.execute(insert(AccountClosingRow).values(**closing, ended_at=now, outcome="closed"))
        db.session.commit()
    file = exported(floor, tmp_path / "list")
    assert replayed(floor, str(file))[1]["again"] == 1
    with floor.site.app.app_context():
        found = directory().get(account.id)
        assert found is not None
        assert found.state is State.ERASED
    assert replayed(floor, str(file))[1]["again"] == 0


def merged(floor: Floor, gone: Citizen, into: Citizen | None) -> None:
    """Two records are one in this database, or two again."""
    status = Status.ACTIVE if into is None else Status.MERGED
    moved = update(PersonRow).where(PersonRow.id == gone.person_id)
    with floor.site.app.app_context():
        person_id = None if into is None else into.person_id
        db.session.execute(moved.values(status=status.value, merged_into=person_id))
        linked = update(PersonAccountRow).where(PersonAccountRow.subscriber_id == gone.id)
        db.session.execute(linked.values(person_id=person_id or gone.person_id))
        db.session.commit()


@pytest.mark.parametrize("surviving", [True, False])
def test_whoever_was_split_from_a_record_since_the_copy_is_not_erased_with_it(
    floor: Floor, tmp_path: Path, surviving: bool
) -> None:
    """In the copy two are one by mistake. Nothing is done, and told, until they are two there as well."""
    one, other = citizen(floor, body=EVERYTHING), citizen(floor, body=EVERYTHING)
    copy, others = Copy(floor, one), Copy(floor, other)
    erased(floor, one)
    file = exported(floor, tmp_path / "list")
    copy.restore()
    gone, into = (other, one) if surviving else (one, other)
    merged(floor, gone, into)
    status, told = replayed(floor, str(file))
    assert (status, told["unlike"], told["again"], told["keys"]) == (1, 1, 0, 0)
    assert (copy.left(), others.left()) == (len(copy.keys), len(others.keys))
    merged(floor, gone, None)
    status, told = replayed(floor, str(file))
    assert (status, told["unlike"], told["again"]) == (0, 0, 1)
    assert (status_of(floor, one), copy.left()) == (Status.ERASED, 0)
    assert (status_of(floor, other), others.left()) == (Status.ACTIVE, len(others.keys))


def test_a_record_that_was_merged_since_the_copy_is_told(floor: Floor, tmp_path: Path) -> None:
    """Erased as one, they come back as two: no key of either is left, and the one without an erasure is named."""
    one, other = citizen(floor), citizen(floor)
    copy, others = Copy(floor, one), Copy(floor, other)
    merged(floor, other, one)
    erasure_id = erased(floor, one)
    file = exported(floor, tmp_path / "list")
    copy.restore()
    others.restore()
    merged(floor, other, None)
    for again in (1, 0):
        done = floor.site.app.test_cli_runner().invoke(args=["erasure", "replay", str(file), "--json"])
        told = json.loads(done.stdout)
        assert (done.exit_code, told["unlike"], told["again"]) == (1, 1, again)
        assert f"{erasure_id}: unlike" in done.stderr
    assert (copy.left(), others.left()) == (0, 0)


def test_an_entry_that_we_did_not_write_erases_nobody(floor: Floor, stored: Cellar, tmp_path: Path) -> None:
    """Changed, made up, cut off: refused with status 1, wherever it lies; the others are replayed."""
    one, victim = citizen(floor), citizen(floor)
    copy = Copy(floor, one)
    erasure_id = erased(floor, one)
    lines = exported(floor, tmp_path / "list").read_bytes().splitlines()
    [true] = [line for line in lines if str(erasure_id).encode() in line]
    forged = true.replace(str(one.person_id).encode(), str(victim.person_id).encode())
    wrong = [forged, true[:-9], b"{}", b'{"entry": {}, "code": ""}', b"[" * 5000, b"\xff", b'{"entry": [], "code": 1}']
    file = tmp_path / "wrong"
    file.write_bytes(b"\n".join([*wrong, true]))
    copy.restore()
    status, told = replayed(floor, str(file))
    assert (status, told["refused"], told["again"]) == (1, len(wrong), 1)
    assert (status_of(floor, victim), status_of(floor, one)) == (Status.ACTIVE, Status.ERASED)
    stored.store.put(Bucket.ERASURES, str(uuid.uuid4()), forged)
    assert replayed(floor, "--from-store")[1]["refused"] == 1
    assert status_of(floor, victim) is Status.ACTIVE


def test_an_entry_is_kept_and_held_whatever_has_its_name(floor: Floor, stored: Cellar) -> None:
    """A worker that was killed before the hold, and somebody who writes in the store: the entry is there, and stays."""
    kept(floor)
    one, other = citizen(floor), citizen(floor)
    halfway, taken = erased(floor, one), erased(floor, other)
    with floor.site.app.app_context():
        [line] = [
            sealed(two, floor.site.services.purpose_keys)
            for two in stored_entries(db.session())
            if two.id == str(halfway)
        ]
    stored.store.put(Bucket.ERASURES, str(halfway), line)
    stored.store.put(Bucket.ERASURES, str(taken), b"nothing")
    assert kept(floor) == 2
    [first] = [one for one in stored.store.listed(Bucket.ERASURES, "", 1000) if one.name.startswith(str(halfway))]
    bucket = stored.store.bucket(Bucket.ERASURES)
    assert stored.client.is_object_legal_hold_enabled(bucket, first.name, version_id=first.version)
    with floor.site.app.app_context():
        found = [opened(line, floor.site.services.purpose_keys) for line in keeping(stored.store).lines()]
    assert [entry.id for entry in found if entry is not None].count(str(taken)) == 1


def test_the_list_names_nobody(floor: Floor) -> None:
    """No number, no name, no address of anybody who was erased."""
    one = citizen(floor, body=EVERYTHING, reached=True)
    erasure_id = erased(floor, one)
    with floor.site.app.app_context():
        [entry] = [entry for entry in stored_entries(db.session()) if entry.id == str(erasure_id)]
    for word in (one.nin, one.name, "Sampleton", "Testa", "@"):
        assert word not in repr(entry)
