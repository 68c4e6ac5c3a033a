"""One person with one person by the engine itself, in its own process: nobody's fingers, drawn faces."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from biometrics.decision.files import load_calibration
from biometrics.decision.fusion import needed
from biometrics.errors import Refused
from biometrics.fingerprint.identity import ENGINE
from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import ChildExaminer, Hint, Position
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.errors import Code, Refusal
from tests.factories.deduplication import content_of
from tests.factories.faces import drawn_face

FACE, INDEX, THUMB, RING = Position.FACE, Position.RIGHT_INDEX, Position.LEFT_THUMB, Position.RIGHT_RING
TERMS = Terms(1e-4)
Made = Callable[[Position, bytes], Reference]


@pytest.fixture(scope="module")
def examiner() -> Iterator[ChildExaminer]:
    """One process for these tests."""
    examiner = ChildExaminer()
    yield examiner
    examiner.close()


@pytest.fixture(scope="module")
def prints() -> dict[int, list[bytes]]:
    """Three impressions of two of nobody's fingers, one of a third."""
    counts = {1: 3, 2: 3, 3: 1}
    return {
        number: [encode_png(image) for image in images(master(7, number), 7, number, range(count))]
        for number, count in counts.items()
    }


@pytest.fixture(scope="module")
def enrolled(examiner: ChildExaminer) -> Made:
    """What an image becomes when it is enrolled."""

    def made(position: Position, image: bytes) -> Reference:
        templates = examiner.templates(position, image, 60)
        assert not isinstance(templates, Refusal)
        return Reference(position, templates[0].content)

    return made


def compared(examiner: ChildExaminer, probes: list[Probe], references: list[Reference]) -> Compared:
    """What came of a comparison that was made."""
    outcome = examiner.compare(tuple(probes), tuple(references), TERMS)
    assert isinstance(outcome, Compared), outcome
    return outcome


def test_finger_matches_its_own_impressions_and_no_other(
    examiner: ChildExaminer, prints: dict[int, list[bytes]], enrolled: Made
) -> None:
    """By the calibration's threshold for that rate; each of the enrolled impressions has a say."""
    mine = [enrolled(INDEX, image) for image in prints[1][:2]]
    hers = [enrolled(INDEX, image) for image in prints[2][:2]]
    own = compared(examiner, [Probe(INDEX, prints[1][2])], mine)
    other = compared(examiner, [Probe(INDEX, prints[1][2])], hers)
    assert (own.matched, other.matched) == (True, False)
    assert 0 < (own.quality or 0) <= 100
    mixed = compared(examiner, [Probe(INDEX, prints[1][2])], [mine[0], hers[0]])
    assert mixed.ratio == pytest.approx((own.ratio + other.ratio) / 2, abs=0.5)


def test_two_fingers_are_one_piece_of_evidence(
    examiner: ChildExaminer, prints: dict[int, list[bytes]], enrolled: Made
) -> None:
    """Both right reach what is needed for the rate; one right and one wrong, and fingers exchanged, do not."""
    held = [enrolled(INDEX, prints[1][0]), enrolled(THUMB, prints[2][0])]
    both = compared(examiner, [Probe(INDEX, prints[1][2]), Probe(THUMB, prints[2][2])], held)
    half = compared(examiner, [Probe(INDEX, prints[1][2]), Probe(THUMB, prints[3][0])], held)
    swapped = compared(examiner, [Probe(INDEX, prints[2][2]), Probe(THUMB, prints[1][2])], held)
    assert (both.matched, half.matched, swapped.matched) == (True, False, False)
    assert both.ratio >= needed(1e-4) > half.ratio > swapped.ratio


def test_enrolled_image_in_another_file_format_is_told(
    examiner: ChildExaminer, prints: dict[int, list[bytes]], enrolled: Made
) -> None:
    """AC-103: the pixels of the enrolment in other bytes make the very same template, and match nobody."""
    pixels = cv2.imdecode(np.frombuffer(prints[1][0], np.uint8), cv2.IMREAD_GRAYSCALE)
    again = encode_png(np.asarray(pixels, np.uint8)) + b"\0"
    assert again != prints[1][0]
    outcome = compared(examiner, [Probe(INDEX, again)], [enrolled(INDEX, image) for image in prints[1][:2]])
    assert (outcome.copied, outcome.matched) == (True, False)
    face = drawn_face(1)
    assert compared(examiner, [Probe(FACE, face)], [enrolled(FACE, face)]).copied


def test_enrolled_photograph_that_was_saved_again_is_told(examiner: ChildExaminer, enrolled: Made) -> None:
    """AC-103: as JPEG, smaller, and as our own pages show it, it matches nobody."""
    face = drawn_face(1)
    pixels = cv2.imdecode(np.frombuffer(face, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    shown = examiner.picture(face, 480)
    assert isinstance(shown, bytes)
    smaller = cv2.resize(pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    held = [enrolled(FACE, face)]
    for copy in (
        shown,
        cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes(),
        cv2.imencode(".png", smaller)[1].tobytes(),
    ):
        outcome = compared(examiner, [Probe(FACE, copy)], held)
        assert (outcome.copied, outcome.matched) == (True, False)
    assert not compared(examiner, [Probe(FACE, drawn_face(1, 2))], held).copied


def test_enrolled_fingerprint_that_was_saved_again_is_told(
    examiner: ChildExaminer, prints: dict[int, list[bytes]], enrolled: Made
) -> None:
    """AC-103: as JPEG, cut, and with noise it matches nobody; another impression of the same finger does."""
    pixels = cv2.imdecode(np.frombuffer(prints[1][0], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    grain = np.random.default_rng(1).normal(0, 4, pixels.shape)
    held = [enrolled(INDEX, prints[1][0])]
    for copy in (
        cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes(),
        encode_png(np.ascontiguousarray(pixels[4:-3, 3:-5])),
        encode_png(np.clip(pixels + grain, 0, 255).astype(np.uint8)),
    ):
        outcome = compared(examiner, [Probe(INDEX, copy)], held)
        assert (outcome.copied, outcome.matched) == (True, False)
    other = compared(examiner, [Probe(INDEX, prints[1][1])], held)
    assert (other.copied, other.matched) == (False, True)


def test_face_matches_itself_on_another_day(examiner: ChildExaminer, enrolled: Made) -> None:
    """Of drawn faces strangers are too alike to be told apart here: that is measured on photographs, as a bench."""
    outcome = compared(examiner, [Probe(FACE, drawn_face(1, 2))], [enrolled(FACE, drawn_face(1, 1))])
    assert outcome.matched
    stranger = Reference(FACE, content_of(9, FACE))
    assert not compared(examiner, [Probe(FACE, drawn_face(1, 2))], [stranger]).matched


def test_what_cannot_be_compared_is_refused(
    examiner: ChildExaminer, prints: dict[int, list[bytes]], enrolled: Made
) -> None:
    """Nothing enrolled of it, a position twice, no picture, no finger, a rate without a threshold, foreign bytes."""
    held = (enrolled(INDEX, prints[1][0]),)
    nothing = Refusal(Code.BIO_COUNT, "probes")
    assert examiner.compare((Probe(RING, prints[1][1]),), held, TERMS) == nothing
    assert examiner.compare((Probe(INDEX, prints[1][1]), Probe(INDEX, prints[1][2])), held, TERMS) == nothing
    assert examiner.compare((), held, TERMS) == nothing
    garbled = examiner.compare((Probe(INDEX, b"no picture"),), held, TERMS)
    assert garbled == Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE)
    blank = encode_png(np.full((300, 300), 255, np.uint8))
    empty = examiner.compare((Probe(INDEX, blank),), held, TERMS)
    assert isinstance(empty, Refusal)
    assert (empty.code, empty.about) == (Code.BIO_QUALITY, Hint.PLACE_FINGER)
    poor = examiner.compare((Probe(INDEX, prints[1][1]),), held, Terms(1e-4, least_finger=100))
    assert isinstance(poor, Refusal)
    assert (poor.code, poor.about in set(Hint)) == (Code.BIO_QUALITY, True)
    rate = examiner.compare((Probe(INDEX, prints[1][1]),), held, Terms(1e-9))
    assert rate == Refusal(Code.BIO_ENGINE, "rate")
    for foreign in (b"", b"\x80\x04pickled", content_of(1, FACE)):
        answer = examiner.compare((Probe(INDEX, prints[1][1]),), (Reference(INDEX, foreign),), TERMS)
        assert answer == Refusal(Code.BIO_ENGINE, "template")


def test_extracted_probes_are_compared_as_they_are(examiner: ChildExaminer) -> None:
    """Templates of minutiae alone go through the mode without ridges, with its own calibration."""
    held = [Reference(INDEX, content_of(1, INDEX, 0))]
    same = compared(examiner, [Probe(INDEX, content_of(1, INDEX, 1), extracted=True)], held)
    other = compared(examiner, [Probe(INDEX, content_of(2, INDEX, 1), extracted=True)], held)
    assert (same.matched, same.quality, other.matched) == (True, None, False)
    calibration = load_calibration(f"{ENGINE}/full")
    assert not isinstance(calibration, Refused)
    assert same.ratio <= calibration.ratios[-1]
