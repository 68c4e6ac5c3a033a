"""Fingers given twice are told before signing; templates are made once, sealed, and made again only for new samples."""

import io
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from enrollment.capture import Position
from enrollment.capture.captures import Taken
from enrollment.capture.documents import MAX_PAGES, Document, DocumentType
from enrollment.capture.extraction import EXTRACT
from enrollment.capture.findings import MixupKind
from enrollment.capture.mixups import CHECK, Wrong
from enrollment.capture.overview import Standing
from enrollment.errors import Code, Refusal
from enrollment.storage import Fault, Kind
from idp.audit.models import AuditRow
from tests.factories.captures import CaptureDesk, image
from tests.factories.vaults import Cellar

pytestmark = pytest.mark.integration

THUMB, RING, FACE = Position.RIGHT_THUMB, Position.RIGHT_RING, Position.FACE


def take(desk: CaptureDesk, position: Position, content: bytes, impression: int = 1) -> Taken:
    """A capture that could be judged."""
    taken = desk.captures.take(desk.subject, desk.shot(position, content, impression))
    assert isinstance(taken, Taken), taken
    return taken


def test_unlike_fingers_can_be_signed(capture: CaptureDesk) -> None:
    """Nothing is in the way of signing once all fingers were compared and none is another."""
    aid = capture.subject.aid
    assert capture.mixups.refusal(aid) is None
    take(capture, THUMB, image("a"))
    take(capture, RING, image("b"))
    assert capture.mixups.refusal(aid) == Refusal(Code.ENR_GUARD, "mixups")
    assert capture.mixups.check(aid) == ()
    assert capture.mixups.refusal(aid) is None


def test_repeated_finger_cannot_be_signed(capture: CaptureDesk) -> None:
    """A finger given for two positions is flagged and audited, and stands in the way until it is taken anew."""
    aid = capture.subject.aid
    take(capture, THUMB, image("a"))
    take(capture, RING, image("a", 71))
    wrong = Wrong(MixupKind.REPEAT, RING, 1, THUMB)
    assert capture.mixups.check(aid) == (wrong,)
    assert capture.mixups.refusal(aid) == Refusal(Code.BIO_REPEAT, "right_ring")
    place = next(place for place in capture.overview.places(aid) if place.position is RING)
    assert place.standing is Standing.FLAGGED
    audited = capture.session.scalars(select(AuditRow.body).where(AuditRow.event == "enrolment.mixed_up")).all()
    assert audited == [{"aid": aid, "position": "right_ring", "other": "right_thumb", "kind": "repeat"}]
    capture.captures.begin_again(aid, [RING])
    take(capture, RING, image("c"))
    assert capture.mixups.refusal(aid) == Refusal(Code.ENR_GUARD, "mixups")
    assert capture.mixups.check(aid) == ()
    assert capture.mixups.refusal(aid) is None


def test_a_better_try_asks_for_the_check_again(capture: CaptureDesk) -> None:
    """The check holds for the samples that it was made over, and is not made twice over the same."""
    aid = capture.subject.aid
    take(capture, THUMB, image("a", 50))
    take(capture, RING, image("b"))
    capture.mixups.check(aid)
    capture.mixups.check(aid)
    assert capture.examiner.asked.count("mixups") == 1
    take(capture, THUMB, image("a", 40))
    assert capture.mixups.refusal(aid) is None
    take(capture, THUMB, image("a", 80))
    assert capture.mixups.refusal(aid) == Refusal(Code.ENR_GUARD, "mixups")


def test_swapped_sample_is_never_compared(capture: CaptureDesk, store_room: Cellar) -> None:
    """AC-111: a stored finger that is not as it was is told; the check, the templates and the signing stop there."""
    aid = capture.subject.aid
    take(capture, THUMB, image("a"))
    take(capture, RING, image("b"))
    one, two = capture.overview.kept(aid)
    name = f"{two.object_id}.1"
    bucket = store_room.store.bucket(Kind.FINGER_IMAGE.bucket)
    content = store_room.bytes_of(Kind.FINGER_IMAGE.bucket, one.object_id)
    made = store_room.client.put_object(bucket, name, io.BytesIO(content), len(content))
    capture.session.execute(
        text("update stored_object set store_version = :version where id = :id"),
        {"version": made.version_id or "", "id": two.object_id},
    )
    refusal = capture.mixups.check(aid)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.ENR_OBJECT
    assert refusal.about in {Fault.SIZE, Fault.DIGEST}
    assert capture.mixups.refusal(aid) == Refusal(Code.ENR_GUARD, "mixups")
    assert capture.extraction.run(aid) == refusal
    assert "mixups" not in capture.examiner.asked


def test_templates_are_made_once(capture: CaptureDesk, store_room: Cellar) -> None:
    """Each best sample gets its templates, sealed under the person's template key; a second run makes none."""
    aid = capture.subject.aid
    take(capture, FACE, image("f"))
    take(capture, THUMB, image("a", 20))
    take(capture, THUMB, image("a", 60))
    assert capture.extraction.run(aid) == 3
    assert capture.extraction.run(aid) == 0
    templates = capture.extraction.of(aid)
    assert [(one.position, one.kind, one.quality) for one in templates] == [
        (FACE, Kind.FACE_TEMPLATE, 70), (THUMB, Kind.FINGER_TEMPLATE, 60), (THUMB, Kind.MINUTIAE, 60),
    ]  # fmt: skip
    assert capture.extraction.owned(capture.subject.owner_id) == templates
    vault = store_room.vault(capture.session)
    assert vault.read(templates[1].object_id) == b"own " + image("a", 60)
    take(capture, RING, image("b"))
    assert capture.extraction.run(aid) == 2


def test_work_is_asked_for_in_the_transaction(capture: CaptureDesk) -> None:
    """Check and extraction are jobs that name the application, written with the change that asks for them."""
    capture.mixups.ask(capture.subject.aid)
    capture.extraction.ask(capture.subject.aid)
    jobs = capture.session.execute(text("select task_name, args from procrastinate_jobs order by id")).all()
    assert [tuple(job) for job in jobs] == [
        (CHECK, {"aid": capture.subject.aid}), (EXTRACT, {"aid": capture.subject.aid}),
    ]  # fmt: skip


def test_document_is_kept_and_can_be_taken_out(capture: CaptureDesk, store_room: Cellar) -> None:
    """A picture of a document is stored sealed, once however often it is sent; its application can remove it."""
    taken = capture.documents.take(capture.subject, DocumentType.PASSPORT, image("page"), capture.officer)
    assert isinstance(taken, Document)
    again = capture.documents.take(capture.subject, DocumentType.PASSPORT, image("page"), capture.officer)
    assert again == taken
    assert capture.documents.listed(capture.subject.aid) == (taken,)
    assert store_room.vault(capture.session).read(taken.object_id) == image("page")
    assert not capture.documents.remove("2222222222223B", taken.id)
    assert capture.documents.remove(capture.subject.aid, taken.id)
    assert not capture.documents.remove(capture.subject.aid, uuid4())
    assert capture.documents.listed(capture.subject.aid) == ()


def test_documents_have_limits(capture: CaptureDesk) -> None:
    """Too large, empty, no picture, and more pictures than anybody has are refused by code and hint."""
    documents, officer = capture.documents, capture.officer

    def take_document(content: bytes) -> object:
        return documents.take(capture.subject, DocumentType.OTHER, content, officer)

    assert take_document(bytes((5 << 20) + 1)) == Refusal(Code.BIO_TOOLARGE, "smaller_file")
    assert take_document(b"") == Refusal(Code.BIO_FORMAT, "other_file")
    assert take_document(b"%PDF-1.7") == Refusal(Code.BIO_FORMAT, "other_file")
    for number in range(MAX_PAGES):
        assert isinstance(take_document(image(f"page {number}")), Document)
    assert take_document(image("one more")) == Refusal(Code.BIO_COUNT, "documents")
