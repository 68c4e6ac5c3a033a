"""Captures of applications: only by whoever may, only while it is captured, and the sections say what there is."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen, remove
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.captures import Taken
from enrollment.capture.desk import CaptureDesk as Desk
from enrollment.capture.documents import Document, DocumentType
from enrollment.capture.findings import Finger, Mixup
from enrollment.capture.overview import Standing
from enrollment.cases import BodyException, Reason, Section, Status, Why
from enrollment.centres.actors import Role
from enrollment.errors import Code, Refusal
from idp.audit.models import AuditRow
from tests.factories.captures import CaptureDesk, image
from tests.factories.cases import ELSEWHERE, WORKER, Counter, staff
from tests.factories.vaults import Cellar

pytestmark = pytest.mark.integration

THUMB, RING = Position.RIGHT_THUMB, Position.RIGHT_RING


class Room:
    """An officer's counter with a capture desk, and an application that is being captured."""

    def __init__(self, store_room: Cellar, session: Session) -> None:
        self.counter = Counter(session, store_room.keys, store_room.clock)
        held = CaptureDesk(store_room, session)
        self.session = session
        self.desk = Desk(self.counter.cases, held.captures, held.documents, held.mixups, held.overview)
        self.examiner = held.examiner
        self.officer = self.counter.officer
        self.aid = self.counter.opened()

    def take(self, position: Position, content: bytes) -> Taken:
        """A capture that could be judged."""
        taken = self.desk.take(self.officer, self.aid, position, content)
        assert isinstance(taken, Taken), taken
        return taken

    def biometrics(self) -> Status:
        """How far the section is."""
        return self.counter.sections.judge(self.counter.case(self.aid)).statuses[Section.BIOMETRICS]


@pytest.fixture
def room(store_room: Cellar, session: Session) -> Room:
    """The room in a transaction that is rolled back."""
    return Room(store_room, session)


def test_section_is_done_when_everything_is_captured(room: Room) -> None:
    """Face and ten fingers make the section whole; a finger that is mixed up opens it until it is taken anew."""
    for tick in ("looked_at_face", "looked_at_fingers"):
        room.counter.sections.save_field(room.officer, room.aid, Section.BIOMETRICS, tick, True)
    for position in Position:
        assert room.biometrics() is not Status.OK
        room.take(position, image("the thumb" if position is RING else position.value, 80))
    assert room.biometrics() is Status.OK
    assert room.desk.signable(room.officer, room.aid) == Refusal(Code.ENR_GUARD, "mixups")
    assert room.desk.compare(WORKER, room.aid) == ()
    assert room.desk.begin_again(room.officer, room.aid, [RING]) == 1
    assert room.biometrics() is Status.PARTIAL
    room.take(RING, image("right_thumb", 81))
    assert room.biometrics() is Status.OK
    found = room.desk.compare(WORKER, room.aid)
    assert not isinstance(found, Refusal)
    assert [(one.position, one.other) for one in found] == [(RING, THUMB)]
    assert room.biometrics() is Status.PARTIAL
    assert room.desk.signable(room.officer, room.aid) == Refusal(Code.BIO_REPEAT, "right_ring")
    room.desk.begin_again(room.officer, room.aid, [RING])
    room.take(RING, image("the ring finger", 82))
    room.desk.compare(WORKER, room.aid)
    assert room.biometrics() is Status.OK
    assert room.desk.signable(room.officer, room.aid) is None


def test_nobody_waits_while_fingers_are_compared(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison holds no application, and what is captured meanwhile is not called compared."""
    room.take(THUMB, image("thumb"))
    room.take(RING, image("ring"))
    said: list[str] = []
    connection = room.session.connection()
    own = room.examiner.mixups

    def slowly(fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:
        """While it compares, the officer captures the finger once more, better."""
        assert [statement for statement in said if "FOR UPDATE" in statement] == []
        room.take(RING, image("ring", 90))
        found: tuple[Mixup, ...] | Refusal = own(fingers, rate)
        return found

    def hear(*heard: object) -> None:
        said.append(str(heard[2]))

    monkeypatch.setattr(room.examiner, "mixups", slowly)
    listen(connection, "before_cursor_execute", hear)
    try:
        assert room.desk.compare(WORKER, room.aid) == ()
    finally:
        remove(connection, "before_cursor_execute", hear)
        monkeypatch.undo()
    assert room.desk.signable(room.officer, room.aid) == Refusal(Code.ENR_GUARD, "mixups")
    assert room.desk.compare(WORKER, room.aid) == ()
    assert room.desk.signable(room.officer, room.aid) is None


def test_finger_that_cannot_be_captured_has_its_place(room: Room) -> None:
    """Three tries that are not good enough leave the section open; an exception with a photograph closes it."""
    for quality in (11, 12, 13):
        room.take(THUMB, image("worn", quality))
    assert room.biometrics() is Status.PARTIAL
    shown = room.desk.exception_photograph(room.officer, room.aid, image("a picture of the hand"))
    assert isinstance(shown, Document)
    noted = BodyException(THUMB.value, Why.WORN, permanent=True, photo_id=shown.object_id)
    assert not isinstance(room.counter.cases.exceptions.note(room.officer, room.aid, noted), Refusal)
    places = room.desk.places(room.officer, room.aid)
    assert not isinstance(places, Refusal)
    (thumb,) = [place for place in places if place.position is THUMB]
    assert (thumb.standing, thumb.tries_left) == (Standing.EXCEPTED, 0)
    assert thumb.best is not None
    assert thumb.best.quality == 13


def test_document_fills_its_slot(room: Room) -> None:
    """A picture is put where the form has its document; another slot is refused and stores nothing."""
    taken = room.desk.document(room.officer, room.aid, "document_1", DocumentType.PASSPORT, image("page"))
    assert isinstance(taken, Document)
    room.counter.sections.save_field(room.officer, room.aid, Section.DOCUMENTS, "document_1", {"type": "passport"})
    judged = room.counter.sections.judge(room.counter.case(room.aid))
    assert judged.statuses[Section.DOCUMENTS] is Status.OK
    refusal = room.desk.document(room.officer, room.aid, "document_77", DocumentType.PASSPORT, image("other"))
    assert refusal == Refusal(Code.ENR_SCHEMA, "document")


@pytest.mark.parametrize(
    ("role", "centre", "code"),
    [
        (Role.OFFICER, ELSEWHERE, Code.ENR_UNKNOWN),
        (Role.SUPERVISOR, None, Code.ENR_ROLE),
        (Role.ADMIN, None, Code.ENR_ROLE),
        (Role.SUPPORT, None, Code.ENR_ROLE),
    ],
)
def test_only_whoever_may_captures(room: Room, role: Role, centre: UUID | None, code: Code) -> None:
    """AC-095: another centre's officer and other roles capture, see and drop nothing, and an audit row says so."""
    stranger = staff(role, centre=centre)
    tries = [
        room.desk.take(stranger, room.aid, THUMB, image("a")),
        room.desk.begin_again(stranger, room.aid, [THUMB]),
        room.desk.document(stranger, room.aid, "document_1", DocumentType.PASSPORT, image("a")),
        room.desk.exception_photograph(stranger, room.aid, image("a")),
        room.desk.places(stranger, room.aid),
        room.desk.compare(stranger, room.aid),
        room.desk.signable(stranger, room.aid),
        room.desk.ask_comparison(stranger, room.aid),
    ]
    assert {outcome.code for outcome in tries if isinstance(outcome, Refusal)} == {code}
    assert all(isinstance(outcome, Refusal) for outcome in tries)
    audited = room.session.scalars(select(AuditRow.id).where(AuditRow.actor == stranger.reference)).all()
    assert len(audited) == len(tries)


def test_nothing_is_captured_of_what_is_over(room: Room) -> None:
    """AC-098: an application that is no longer captured takes no sample, whoever asks."""
    room.counter.lifecycle.cancel(room.counter.order(room.officer, room.aid), Reason.WITHDRAWN)
    assert room.counter.case(room.aid).state.value == "cancelled"
    refusal = room.desk.take(room.officer, room.aid, THUMB, image("a"))
    assert refusal == Refusal(Code.ENR_STATE, "cancelled")
