"""Whoever carries off database, buckets and a worker's folder reads nothing of anybody; who changes them is noticed."""

import io
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.documents import DocumentType
from enrollment.cases import Section, State
from enrollment.deduplication import Why
from enrollment.errors import Code, Refusal
from enrollment.issuance import Slip
from enrollment.register import Alias, AliasKind
from enrollment.storage import Bucket, Fault, Kind
from enrollment.storage.models import StoredObjectRow
from idp.audit.models import AuditRow
from tests.factories import dumps
from tests.factories.captures import image
from tests.factories.deduplication import STRONG, content_of
from tests.factories.deduplication import local_gallery as index
from tests.factories.issuing import Chain
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration

PERSON: Mapping[str, Any] = {
    "given_names": "Plantedina Zzyzxandra",
    "family_name": "Qwyjibosson",
    "other_names": "Vlumphoria",
    "local_name": "Ŋqwɛyjɔbo",
    "birth_date": "1961-07-23",
    "birth_place": "Plantedville on the Hill",
    "address_lines": "17 Plantation Hidden Lane",
    "phone": "+232 77 918 273",
    "email": "planted.person@hidden.example",
    "contact_person": "Contactina Hiddensson",
    "contact_phone": "+232 77 918 274",
}
NAME = f"{PERSON['given_names']} {PERSON['family_name']}"
PAPER = "PP91827364"
# What is looked for besides: words by themselves, numbers as they are stored.
WORDS: Mapping[str, str] = {
    **PERSON,
    "paper": PAPER,
    "first name": "Plantedina",
    "second name": "Zzyzxandra",
    "telephone as dialled": "23277918273",
    "telephone at home": "077918273",
    "birth date in another order": "23/07/1961",
}
_SLICE = 48


@pytest.fixture
def store_room(stack: Stack, worker: str) -> Iterator[Cellar]:
    """Fresh buckets, keys and a clock that stands still."""
    with cellar(stack, worker) as made:
        yield made


@pytest.fixture
def chain(own_database: Engine, store_room: Cellar, tmp_path: Path) -> Iterator[Chain]:
    """Every room from the counter to the number; what it does is committed."""
    gallery = index(store_room, tmp_path / "index")  # type: ignore[arg-type]  # of it, keys and clock alone are asked
    with Session(own_database) as session, closing(gallery):
        yield Chain(store_room, session, gallery)  # type: ignore[arg-type]  # another shelf, the same hands


def test_copy_of_all_stores_tells_nothing(
    chain: Chain, store_room: Cellar, fresh_database: str, tmp_path: Path
) -> None:
    """AC-122: of somebody with number, alias and slip nothing planted lies in tables, buckets or a worker's folder."""
    aid = _planted(chain)
    bodies = _bodies(chain, aid)
    assert chain.searched(aid).reason is None
    written = chain.written(aid)
    alias = chain.rooms.aliases.make(written.person_id, AliasKind.PERPETUAL)
    assert written.subscriber_id is not None
    slip = chain.rooms.slips.print_again(aid, written.subscriber_id, actor="counter")
    assert isinstance(alias, Alias)
    assert isinstance(slip, Slip)
    nin = chain.rooms.identifiers.nin_of(written.person_id)
    assert nin is not None
    chain.session.commit()
    numbers = {"number": nin, "alias": alias.number, "slip": slip.code, "slip as typed": slip.code.replace("-", "")}
    planted = {name: value.encode() for name, value in {**WORDS, **numbers}.items()} | bodies
    assert min(len(value) for value in planted.values()) > 6
    carried_off = dumps.database(fresh_database) + store_room.dump() + dumps.folder(tmp_path / "index")
    for told in (aid, str(written.person_id), str(written.subscriber_id)):
        assert told.encode() in carried_off
    assert dumps.lying(carried_off, planted) == []


def test_scan_finds_what_lies_there(chain: Chain, store_room: Cellar, fresh_database: str) -> None:
    """The scan above would find each planted thing: in a table as text or bytes, in an object as it is."""
    body = content_of(1, Position.FACE)
    chain.session.execute(text("create table leak (words text, bytes bytea)"))
    chain.session.execute(text("insert into leak values (:words, :bytes)"), {"words": NAME, "bytes": body})
    chain.session.commit()
    store_room.client.put_object(store_room.store.bucket(Bucket.RAW), "leak", io.BytesIO(body), len(body))
    planted = {"name": NAME.encode(), "face": body[40:88]}
    assert dumps.lying(dumps.database(fresh_database), planted) == ["name", "face"]
    assert dumps.lying(store_room.dump(), planted) == ["face"]


def test_swapped_templates_are_never_compared(chain: Chain, store_room: Cellar) -> None:
    """AC-111: one person's templates in another's places are told by name, and make nobody somebody else.

    The second comes again and is found as themself alone; the first comes again and people look, since nothing that is
    whole is left of them.
    """
    first, second = chain.bound(1).person_id, chain.bound(2).person_id
    mine, theirs = (chain.entries.subjects_of(person) for person in (first, second))
    places = dict(zip(_objects(chain, mine), _objects(chain, theirs), strict=True))
    for place, source in places.items():
        _overwrite(chain, store_room, place, store_room.bytes_of(Bucket.TEMPLATES, source))
    chain.session.commit()
    found = chain.vault.check()
    assert set(found.damaged) == set(places)
    assert set(found.damaged.values()) <= {Fault.DIGEST, Fault.SIZE}
    chain.gallery.reset()
    again = chain.searched(chain.validated(2, impression=1, given_names="Otherly", family_name="Elsewhere"))
    assert [(hit.person_id, hit.why) for hit in again.hits] == [(second, Why.COMPARED)]
    assert first not in {hit.person_id for hit in again.hits}
    audited = chain.session.scalars(select(AuditRow.body).where(AuditRow.event == "object.damaged")).all()
    assert {body["object"] for body in audited} == {str(place) for place in places}


@pytest.mark.parametrize("how", ["truncated", "rolled back", "another's", "gone"])
def test_changed_sample_stops_its_application(chain: Chain, store_room: Cellar, how: str) -> None:
    """AC-111: an image that is not as it was stored is never made into a template: the application is held."""
    aid, other = chain.validated(1), chain.validated(2)
    sample, stranger = (_sample(chain, one) for one in (aid, other))
    sealed = store_room.bytes_of(Bucket.RAW, sample)
    if how == "gone":
        for item in store_room.store.listed(Bucket.RAW, "", 1000):
            if item.name.startswith(str(sample)):
                store_room.store.remove(Bucket.RAW, item.name, item.version)
    elif how == "rolled back":
        assert not isinstance(chain.vault.replace(sample, 1, b"{}"), Refusal)
        _overwrite(chain, store_room, sample, sealed, version=2)
    else:
        _overwrite(
            chain, store_room, sample,
            sealed[:-1] if how == "truncated" else store_room.bytes_of(Bucket.RAW, stranger),
        )  # fmt: skip
    chain.session.commit()
    refusal = chain.deduplication.prepare(aid)
    assert refusal is not None
    assert refusal.code is Code.ENR_OBJECT
    chain.session.rollback()
    chain.deduplication.set_aside(aid, refusal)
    assert chain.state(aid) is State.HELD
    assert chain.extraction.of(aid) == ()
    assert chain.searched(other).reason is None


def _planted(chain: Chain) -> str:
    """An application in which everything is planted, taken in."""
    counter = chain.counter
    officer = counter.officer
    aid = counter.opened()
    chain.capture(aid, 1, **PERSON)
    paper = {"type": "passport", "number": PAPER}
    assert not isinstance(
        chain.cases.sections.save_field(officer, aid, Section.DOCUMENTS, "document_1", paper), Refusal
    )
    taken = chain.desk.document(officer, aid, "document_1", DocumentType.PASSPORT, image(f"page of {NAME}"))
    assert not isinstance(taken, Refusal)
    assert not isinstance(chain.cases.sections.confirm(officer, aid, "en"), Refusal)
    counter.walk(aid, State.APPROVED)
    assert chain.intake.take(aid) is None
    return aid


def _bodies(chain: Chain, aid: str) -> dict[str, bytes]:
    """Pieces of the images as they were captured, and of the templates that are made of them."""
    pieces = {"document": b'"page of ' + NAME.encode()}
    for position in STRONG:
        shot = image(position.value, 70, body=1, impression=0, hand=position.value, of=aid)
        template = content_of(1, position)
        pieces[f"image of {position}"] = shot[: len(shot) // 2]
        pieces[f"kind of template of {position}"] = template[:16]
        pieces[f"template of {position}"] = _telling(template)
    return pieces


def _telling(template: bytes) -> bytes:
    """A piece that no other bytes happen to be: not a stretch of one value."""
    starts = range(64, len(template) - _SLICE, _SLICE)
    return next(piece for start in starts if len(set(piece := template[start : start + _SLICE])) > _SLICE // 2)


def _objects(chain: Chain, subjects: frozenset[uuid.UUID]) -> list[uuid.UUID]:
    """The objects of what is searched, by position."""
    return [entry.object_id for entry in chain.entries.of(subjects)]


def _sample(chain: Chain, aid: str) -> uuid.UUID:
    """The object of an image."""
    return chain.desk._overview.kept(aid, best=True)[0].object_id


def _overwrite(chain: Chain, store_room: Cellar, object_id: uuid.UUID, content: bytes, version: int = 1) -> None:
    """Put other bytes where the object lies, and have its row look there, as in a store without versions."""
    [kind] = chain.session.scalars(select(StoredObjectRow.kind).where(StoredObjectRow.id == object_id))
    bucket = store_room.store.bucket(Kind(kind).bucket)
    made = store_room.client.put_object(bucket, f"{object_id}.{version}", io.BytesIO(content), len(content))
    chain.session.execute(
        update(StoredObjectRow)
        .where(StoredObjectRow.id == object_id)
        .values(store_version=made.version_id or "")
        .execution_options(synchronize_session=False)
    )
