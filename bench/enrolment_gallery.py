"""Puts made-up people into the gallery of an installation: rows in the database, and the worker's index.

Run by `bench.enrolment`: `python -m bench.enrolment_gallery COUNT`. Every face is another. Fingers are those of at most
`BODIES` bodies, each of whose four templates lies once in the object store, sealed, and as large as real ones: of
100,000 people each has fingers of up to four of these bodies. So a search reads and compares as many templates as it
would; whether it tells so many people apart is no question to this. The register was filled before, by
`bench.finding_people`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy import text

from bench.deduplication import PLACES, SEED
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.parameters import DIMENSIONS
from biometrics.face.template import FaceTemplate
from biometrics.fingerprint import form_codec, template_codec
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.synthetic.collection import templates
from enrollment.capture import Position
from enrollment.cli import indexes
from enrollment.cli.capturing import vault
from enrollment.gallery.local import LocalGallery
from enrollment.storage import Kind, StoredObject
from idp.web.extensions import db, services
from wsgi import create_app

BODIES = 500
_FINGERS = tuple(position for position in PLACES if position is not Position.FACE)
_AT_ONCE = 500
# Each finger of a person is of another body, so far on; none divides the number of bodies.
_STRIDES = (1, 7, 31, 127)
_COLUMNS = "id, subject_id, aid, person_id, modality, position, impression, engine, object_id, added, added_at"

# The short form and the sealed template of a finger of a body.
Pool = Mapping[tuple[int, Position], tuple[bytes, UUID]]


def fill(count: int) -> None:
    """Put `count` people in who have a number already."""
    with create_app().app_context():
        pool = _pool(min(count, BODIES))
        people = list(db.session.scalars(text("select id from person order by id limit :count"), {"count": count}))
        gallery = indexes.own().gallery
        if not isinstance(gallery, LocalGallery):
            raise TypeError(gallery)
        with psycopg.connect(services().worker.database) as connection:
            for start in range(0, len(people), _AT_ONCE):
                _batch(gallery, connection, start, people[start : start + _AT_ONCE], pool)
            connection.execute("insert into gallery_change (name, last) values ('gallery', %s)", (len(people),))
        indexes.forget_index()


def _pool(bodies: int) -> Pool:
    """Everything of which there is one a body, sealed and stored."""
    held: dict[tuple[int, Position], tuple[bytes, UUID]] = {}
    for body in range(bodies):
        owner = services().entropy.uuid()
        for position in _FINGERS:
            held[body, position] = _stored(owner, body, position)
        db.session.commit()
    return held


def _stored(owner: UUID, body: int, position: Position) -> tuple[bytes, UUID]:
    [bare] = templates(SEED, 100 * body + position.number, range(1))
    # A print has its ridges beside its minutiae; this finger has none, and what stands for them is as long.
    whole = replace(bare, ridges=np.zeros((bare.height // 2, bare.width // 2), np.int8))
    content, ready = template_codec.encode(whole), prepare(whole)
    if not isinstance(content, bytes) or not isinstance(ready, PreparedFinger):
        raise TypeError(content)
    form, stored = form_codec.encode(ready.short), vault().put(owner, Kind.FINGER_TEMPLATE, content)
    if not isinstance(form, bytes) or not isinstance(stored, StoredObject):
        raise TypeError(stored)
    return form, stored.id


def _batch(
    gallery: LocalGallery, connection: psycopg.Connection, start: int, people: Sequence[UUID], pool: Pool
) -> None:
    """Some people: their entries, and what the index keeps of them."""
    subjects = [services().entropy.uuid() for _ in people]
    bodies = len(pool) // len(_FINGERS)
    forms = {
        subject.int: {
            (position.number, 1): pool[_body(start + number, finger, bodies), position][0]
            for finger, position in enumerate(_FINGERS)
        }
        for number, subject in enumerate(subjects)
    }
    faces = {subject.int: [_face(start + number)] for number, subject in enumerate(subjects)}
    with connection.cursor() as cursor, cursor.copy(f"copy gallery_entry ({_COLUMNS}) from stdin") as copy:
        for number, (subject, person) in enumerate(zip(subjects, people, strict=True), start):
            for row in _rows(number, subject, person, bodies, pool):
                copy.write_row(row)
    gallery._files.write(start + len(people), [subject.int for subject in subjects], faces, forms)  # noqa: SLF001 - as above


def _rows(number: int, subject: UUID, person: UUID, bodies: int, pool: Pool) -> Iterator[tuple[object, ...]]:
    """One person's entries. The template of a face is not fetched by a search: an identifier stands for it."""
    now, aid = services().clock.now(), f"B{number:013d}"
    said = subject, aid, person
    yield services().entropy.uuid(), *said, "face", 0, 1, FACE_ENGINE, services().entropy.uuid(), number + 1, now
    for finger, position in enumerate(_FINGERS):
        sealed = pool[_body(number, finger, bodies), position][1]
        place = "finger", position.number, 1
        yield services().entropy.uuid(), *said, *place, FINGER_ENGINE, sealed, number + 1, now


def _body(number: int, finger: int, bodies: int) -> int:
    """Whose finger it is: of so few people that every body is one, their own."""
    return (number + number // bodies * _STRIDES[finger]) % bodies


def _face(number: int) -> FaceTemplate:
    vector = np.random.default_rng([SEED, number]).standard_normal(DIMENSIONS)
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    return FaceTemplate(FACE_ENGINE, unit[np.newaxis])


if __name__ == "__main__":
    begun = time.monotonic()
    fill(int(sys.argv[1]))
    print(json.dumps({"seconds": time.monotonic() - begun}), flush=True)
