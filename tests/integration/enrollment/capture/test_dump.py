"""What whoever carries off the stores can read: nothing of anybody."""

import base64
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.captures import Subject, Taken
from enrollment.capture.documents import Document, DocumentType
from tests.factories import dumps
from tests.factories.captures import CaptureDesk, image
from tests.factories.vaults import Cellar

pytestmark = pytest.mark.integration

NAME, NUMBER = "Planted Personsson", "29384756103"


def test_dump_of_both_stores_tells_nothing(fresh_database: str, own_database: Engine, store_room: Cellar) -> None:
    """AC-122: neither the buckets nor the database hold a planted name, number, image or template in any usual form."""
    planted = {
        "image": image(NAME, 77, number=NUMBER),
        "document": image(f"page of {NAME}", number=NUMBER),
        "face": image("a face of nobody", 66),
    }
    with Session(own_database) as session:
        desk = CaptureDesk(store_room, session, subject=Subject("7KQ2M8RTV3XW9H", uuid4()))
        for position, what in ((Position.RIGHT_THUMB, "image"), (Position.FACE, "face")):
            assert isinstance(desk.captures.take(desk.subject, desk.shot(position, planted[what])), Taken)
        kind = DocumentType.PASSPORT
        assert isinstance(desk.documents.take(desk.subject, kind, planted["document"], desk.officer), Document)
        assert desk.extraction.run(desk.subject.aid) == 3
        session.commit()
    carried_off = store_room.dump() + dumps.database(fresh_database)
    assert desk.subject.aid.encode() in carried_off
    secrets = [
        NAME.encode(),
        NUMBER.encode(),
        *planted.values(),
        b"own " + planted["image"],
        b"face " + planted["face"],
    ]
    assert [value for value in secrets if any(form in carried_off for form in dumps.forms(value))] == []


def test_the_scan_would_find_it() -> None:
    """The scan above finds a planted value in each of its forms."""
    value = NAME.encode()
    for carried_off in (value, value.hex().encode(), base64.b64encode(b"x" + value), base64.b64encode(b"xy" + value)):
        assert any(form in b"before" + carried_off + b"after" for form in dumps.forms(value))
