"""The picture on a card: of the face that was captured last, and of nobody else's."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.captures import Subject, Taken
from enrollment.card.portraits import FacePortraits
from enrollment.errors import Code, Refusal
from enrollment.register import NewPerson
from tests.factories.captures import CaptureDesk, WrittenExaminer, image
from tests.factories.register import Office, an_aid, facts
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture
def store_room(stack: Stack, worker: str) -> Iterator[Cellar]:
    """Fresh buckets."""
    with cellar(stack, worker) as made:
        yield made


class Down(WrittenExaminer):
    """An examiner that cannot look, or sees no face."""

    refusal = Refusal(Code.BIO_ENGINE, "lost")

    def portrait(self, content: bytes, most_bytes: int) -> bytes | Refusal:  # noqa: ARG002 - the interface
        """Refuses."""
        return self.refusal


def somebody(session: Session, store_room: Cellar, *shots: tuple[Position, bytes]) -> UUID:
    """A person of the register from an application with these captures."""
    subject = Subject(an_aid(), uuid4())
    desk = CaptureDesk(store_room, session, subject=subject)
    for position, content in shots:
        assert isinstance(desk.captures.take(subject, desk.shot(position, content)), Taken)
    office = Office(session, keys=store_room.keys, clock=store_room.clock)
    [person_id] = office.register.open([NewPerson(subject.owner_id, facts(), 3, subject.aid)])
    return person_id


def test_a_picture_is_of_the_persons_own_face(store_room: Cellar, session: Session) -> None:
    """The best face of their application; no finger, nobody else's; None where no face was captured or stored."""
    face, other = image("a face", 80), image("another face", 80)
    one = somebody(session, store_room, (Position.FACE, face), (Position.RIGHT_THUMB, image("thumb")))
    somebody(session, store_room, (Position.FACE, other))
    bare = somebody(session, store_room, (Position.RIGHT_THUMB, image("a thumb")))
    portraits = FacePortraits(session, store_room.vault(session), WrittenExaminer())
    assert portraits.of(one, 700) == face
    assert portraits.of(bare, 700) is None
    assert portraits.of(uuid4(), 700) is None
    assert FacePortraits(session, None, WrittenExaminer()).of(one, 700) is None


def test_an_engine_that_is_down_is_not_a_missing_face(store_room: Cellar, session: Session) -> None:
    """Down is told, and passes; a photograph in which the engine finds no face gives a card without one."""
    one = somebody(session, store_room, (Position.FACE, image("a face", 80)))
    down = Down()
    portraits = FacePortraits(session, store_room.vault(session), down)
    assert portraits.of(one, 700) == Refusal(Code.BIO_ENGINE, "lost")
    down.refusal = Refusal(Code.BIO_NOFACE, "show_face")
    assert portraits.of(one, 700) is None
