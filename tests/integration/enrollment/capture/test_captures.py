"""Tries are counted, the best is kept, and nothing that cannot be judged is stored."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from enrollment.capture import Hint, Position
from enrollment.capture.captures import Subject, Taken
from enrollment.capture.documents import Document, DocumentType
from enrollment.capture.forgetting import Forgetting
from enrollment.capture.models import AttemptRow, SampleRow
from enrollment.capture.overview import Standing
from enrollment.errors import Code, Refusal
from enrollment.storage import Bucket
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


def refused(desk: CaptureDesk, position: Position, content: bytes, impression: int = 1) -> Refusal:
    """A capture that is refused."""
    refusal = desk.captures.take(desk.subject, desk.shot(position, content, impression))
    assert isinstance(refusal, Refusal)
    return refusal


def test_sample_is_stored_as_it_came(capture: CaptureDesk, store_room: Cellar) -> None:
    """What is kept is the image as it came, sealed, with position, quality and device in its record."""
    taken = take(capture, THUMB, image("a", 70, hints=["hold_still"]))
    kept = capture.overview.find(capture.subject.aid, taken.sample_id)
    assert kept is not None
    record = store_room.vault(capture.session).open(kept.object_id)
    assert not isinstance(record, Refusal)
    assert record.content == image("a", 70, hints=["hold_still"])
    assert (record.facts.subtype, record.facts.quality, record.facts.device) == ("Right Thumb", 70, "S-7")
    assert taken.hints == (Hint.HOLD_STILL,)
    assert (taken.accepted, taken.best, taken.tries_left) == (True, True, 2)


@pytest.mark.parametrize(
    ("position", "quality", "accepted"),
    [
        (Position.RIGHT_THUMB, 40, True), (Position.RIGHT_THUMB, 39, False),
        (Position.LEFT_INDEX, 40, True), (Position.LEFT_INDEX, 39, False),
        (Position.LEFT_MIDDLE, 30, True), (Position.LEFT_MIDDLE, 29, False),
        (Position.RIGHT_LITTLE, 30, True), (Position.RIGHT_LITTLE, 29, False),
        (Position.FACE, 50, True), (Position.FACE, 49, False),
    ],
)  # fmt: skip
def test_what_is_good_enough(capture: CaptureDesk, position: Position, quality: int, accepted: bool) -> None:
    """Thumbs and index fingers are accepted from 40, other fingers from 30, faces from 50."""
    assert take(capture, position, image("x", quality)).accepted is accepted


def test_unsound_face_is_not_accepted(capture: CaptureDesk) -> None:
    """A face that the engine faults at any quality is kept as a try, with its hints, and not accepted."""
    taken = take(capture, FACE, image("x", 90, sound=False, hints=["look_straight"]))
    assert (taken.accepted, taken.hints) == (False, (Hint.LOOK_STRAIGHT,))


def test_three_tries_and_the_best_is_kept(capture: CaptureDesk) -> None:
    """The best of three stays the best, a fourth is refused, and a position whose tries are over asks for `worn`."""
    aid = capture.subject.aid
    tried = [take(capture, THUMB, image("a", quality)) for quality in (20, 35, 30)]
    assert [one.best for one in tried] == [True, True, False]
    assert [one.tries_left for one in tried] == [2, 1, 0]
    assert (tried[2].best_quality, tried[2].best_accepted) == (35, False)
    assert refused(capture, THUMB, image("a", 99)) == Refusal(Code.BIO_COUNT, "right_thumb")
    place = next(place for place in capture.overview.places(aid) if place.position is THUMB)
    assert place.standing is Standing.WORN
    assert place.best is not None
    assert place.best.quality == 35
    excepted = next(place for place in capture.overview.places(aid, [THUMB]) if place.position is THUMB)
    assert excepted.standing is Standing.EXCEPTED


def test_accepted_try_is_better_than_a_higher_quality_that_is_not(capture: CaptureDesk) -> None:
    """A face that is sound stays the best against a higher one that is not."""
    take(capture, FACE, image("x", 60))
    later = take(capture, FACE, image("x", 95, sound=False))
    assert (later.best, later.best_quality, later.best_accepted) == (False, 60, True)


@pytest.mark.parametrize(
    ("code", "hint"),
    [("BIO-NOFACE", "show_face"), ("BIO-MANYFACES", "one_person_only"), ("BIO-QUALITY", "place_finger"),
     ("BIO-FORMAT", "other_file"), ("BIO-TOOLARGE", "smaller_file"), ("BIO-ENGINE", "try_again")],
)  # fmt: skip
def test_what_cannot_be_judged_is_no_try(capture: CaptureDesk, store_room: Cellar, code: str, hint: str) -> None:
    """A refusal says by code and hint what to do, stores no image, counts no try, and leaves its figures and a row."""
    assert refused(capture, FACE, image("x", 0, code=code, hint=hint)) == Refusal(Code(code), hint)
    assert store_room.all_names() == []
    assert take(capture, FACE, image("x")).attempt == 1
    figures = capture.session.execute(
        select(AttemptRow.code, AttemptRow.number, AttemptRow.hints).order_by(AttemptRow.number.nulls_first())
    ).all()
    assert [tuple(row) for row in figures] == [(code, None, [hint]), (None, 1, [])]
    audited = capture.session.scalars(select(AuditRow.body).where(AuditRow.event == "enrolment.captured"))
    assert sorted(str(body["code"]) for body in audited) == sorted([code, "None"])


def test_size_is_looked_at_before_anything_else(capture: CaptureDesk) -> None:
    """Over 5 MB and no bytes at all are refused without being shown to the engine."""
    assert refused(capture, THUMB, bytes((5 << 20) + 1)) == Refusal(Code.BIO_TOOLARGE, "smaller_file")
    assert refused(capture, THUMB, b"") == Refusal(Code.BIO_FORMAT, "other_file")
    assert capture.examiner.asked == []


def test_same_capture_sent_again_counts_once(capture: CaptureDesk) -> None:
    """The very same bytes for the same place, as after a lost answer, give the same answer and no second try."""
    content = image("a", 55, hints=["press_harder"])
    first = take(capture, THUMB, content)
    assert take(capture, THUMB, content) == first
    assert capture.examiner.asked == ["finger"]


def test_same_capture_for_another_place_is_refused(capture: CaptureDesk) -> None:
    """One image cannot be two fingers, nor two impressions of one; the same of another person is nobody's business."""
    take(capture, THUMB, image("a"))
    assert refused(capture, RING, image("a")) == Refusal(Code.BIO_REPEAT, "right_thumb")
    assert refused(capture, THUMB, image("a"), 2) == Refusal(Code.BIO_REPLAY, "right_thumb")
    other = CaptureDesk(capture.cellar, capture.session, subject=Subject("2222222222223B", uuid4()))
    assert take(other, RING, image("a")).attempt == 1


def test_impressions_are_tried_apart(capture: CaptureDesk) -> None:
    """Each of two impressions of a finger has three tries and a best; there is no third, and of a face no second."""
    for impression in (1, 2):
        for number in range(3):
            assert take(capture, THUMB, image("a", 50 + 10 * impression + number), impression).best
    assert refused(capture, THUMB, image("a", 1), 3) == Refusal(Code.BIO_COUNT, "impression")
    assert refused(capture, THUMB, image("a", 1), 0) == Refusal(Code.BIO_COUNT, "impression")
    assert refused(capture, FACE, image("a", 1), 2) == Refusal(Code.BIO_COUNT, "impression")
    best = capture.overview.kept(capture.subject.aid, best=True)
    assert [(one.impression, one.quality) for one in best] == [(1, 62), (2, 72)]


def test_settling_drops_all_but_the_best(capture: CaptureDesk, store_room: Cellar) -> None:
    """At signing the other tries go, object and row, and their figures stay."""
    for quality in (20, 60, 40):
        take(capture, THUMB, image("a", quality))
    capture.extraction.run(capture.subject.aid)
    assert capture.captures.settle(capture.subject.aid) == 2
    assert capture.captures.settle(capture.subject.aid) == 0
    (kept,) = capture.overview.kept(capture.subject.aid)
    assert (kept.quality, kept.best) == (60, True)
    assert capture.session.scalar(select(func.count()).select_from(AttemptRow)) == 3
    vault = store_room.vault(capture.session)
    raw = [one for one in vault.owned(capture.subject.owner_id) if one.kind.bucket is Bucket.RAW]
    assert [one.id for one in raw] == [kept.object_id]


def test_beginning_again_gives_new_tries(capture: CaptureDesk) -> None:
    """After a return or a mix-up the named positions start from nothing, with three tries; others stay."""
    for quality in (20, 25, 30):
        take(capture, THUMB, image("a", quality))
    take(capture, RING, image("b"))
    capture.extraction.run(capture.subject.aid)
    assert capture.captures.begin_again(capture.subject.aid, [THUMB]) == 3
    assert [one.position for one in capture.overview.kept(capture.subject.aid)] == [RING]
    again = take(capture, THUMB, image("a", 30))
    assert (again.attempt, again.tries_left, again.best) == (1, 2, True)
    assert capture.session.scalar(select(func.count()).select_from(AttemptRow)) == 5


def test_forgetting_leaves_figures_only(capture: CaptureDesk, store_room: Cellar) -> None:
    """AC-121: samples, templates and pictures go from both stores, and only the figures of the tries stay."""
    aid = capture.subject.aid
    for position, content in ((THUMB, image("a")), (RING, image("b")), (FACE, image("c"))):
        take(capture, position, content)
    capture.mixups.check(aid)
    capture.extraction.run(aid)
    assert isinstance(
        capture.documents.take(capture.subject, DocumentType.PASSPORT, image("page"), capture.officer), Document
    )
    forgetting = Forgetting(capture.session, capture.captures, capture.documents)
    assert forgetting.forget(aid) == 4
    assert forgetting.forget(aid) == 0
    vault = store_room.vault(capture.session)
    assert vault.owned(capture.subject.owner_id) == ()
    assert vault.sweep(timedelta(minutes=30)).discarded == 9
    assert store_room.all_names() == []
    assert capture.session.scalar(select(func.count()).select_from(AttemptRow)) == 3


def test_looking_keeps_nothing(capture: CaptureDesk, store_room: Cellar) -> None:
    """Live hints come from images that are neither stored nor counted."""
    seen = capture.captures.look(FACE, image("x", 30, hints=["more_light"]))
    assert not isinstance(seen, Refusal)
    assert seen.hints == (Hint.MORE_LIGHT,)
    assert store_room.all_names() == []
    assert capture.session.scalar(select(func.count()).select_from(AttemptRow)) == 0


def test_fifty_captures_at_once_are_three_tries(own_database: Engine, store_room: Cellar) -> None:
    """Of fifty captures of one finger at once exactly three are tries, one is the best, the others are refused."""
    subject = Subject("7KQ2M8RTV3XW9H", uuid4())
    outcomes: list[Taken | Refusal] = []

    def run(number: int) -> None:
        with Session(own_database) as session:
            desk = CaptureDesk(store_room, session, subject=subject)
            outcomes.append(desk.captures.take(subject, desk.shot(THUMB, image("a", 40 + number))))
            session.commit()

    pool = [threading.Thread(target=run, args=(number,)) for number in range(50)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    taken = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
    assert sorted(one.attempt for one in taken) == [1, 2, 3]
    assert outcomes.count(Refusal(Code.BIO_COUNT, "right_thumb")) == 47
    with Session(own_database) as session:
        best = session.scalars(select(SampleRow.quality).where(SampleRow.best)).all()
    assert best == [max(one.quality for one in taken)]
    assert len(store_room.names(Bucket.RAW)) == 3


def test_any_captures_keep_the_best(capture: CaptureDesk) -> None:
    """Whatever comes in whatever order: at most three tries a place, and the best is the best of those."""

    @settings(max_examples=12)
    @given(st.lists(st.tuples(st.sampled_from([THUMB, RING]), st.integers(0, 100)), max_size=8))
    def hold(shots: list[tuple[Position, int]]) -> None:
        desk = CaptureDesk(capture.cellar, capture.session, subject=Subject(str(uuid4()), uuid4()))
        tried: dict[Position, list[tuple[bool, int]]] = {THUMB: [], RING: []}
        for number, (position, quality) in enumerate(shots):
            outcome = desk.captures.take(desk.subject, desk.shot(position, image(f"{position}{number}", quality)))
            if isinstance(outcome, Taken):
                tried[position].append((outcome.accepted, quality))
            else:
                assert len(tried[position]) == 3
        for position, tries in tried.items():
            best = [one for one in desk.overview.kept(desk.subject.aid, best=True) if one.position is position]
            assert [(one.accepted, one.quality) for one in best] == ([max(tries)] if tries else [])

    hold()
