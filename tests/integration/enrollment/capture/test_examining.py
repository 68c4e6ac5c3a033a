"""The examiner's process looks at real images, and survives whatever it is given."""

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from struct import pack

import cv2
import numpy as np
import pytest
from sqlalchemy.orm import Session

from biometrics.face.quality import Advice as FaceAdvice
from biometrics.fingerprint import template_codec
from biometrics.fingerprint.identity import ENGINE
from biometrics.fingerprint.quality import Advice as FingerAdvice
from biometrics.fingerprint.template import FingerTemplate
from biometrics.records.model import MinutiaeRecord
from biometrics.records.reading import read
from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import ChildExaminer, Hint, Position
from enrollment.capture.captures import Taken
from enrollment.capture.findings import Finger, Mixup, MixupKind, Page, RidgePoints, Seen
from enrollment.errors import Code, Refusal
from enrollment.storage import Kind
from tests.architecture.tree import ROOT
from tests.factories.captures import CaptureDesk
from tests.factories.faces import drawn_face
from tests.factories.vaults import Cellar

THUMB, INDEX = Position.RIGHT_THUMB, Position.RIGHT_INDEX


@pytest.fixture(scope="module")
def examiner() -> Iterator[ChildExaminer]:
    """One process for these tests."""
    examiner = ChildExaminer()
    yield examiner
    examiner.close()


@pytest.fixture(scope="module")
def prints() -> list[bytes]:
    """Two impressions of nobody's finger, and one of another."""
    first, second = images(master(7, 1), 7, 1, range(2))
    (other,) = images(master(7, 2), 7, 2, range(1))
    return [encode_png(image) for image in (first, second, other)]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG file."""
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int) -> bytes:
    """A small PNG file of a huge picture."""
    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(50_000))) + chunk(b"IEND", b"")


def test_every_advice_of_the_engine_has_a_word() -> None:
    """Pages can turn into words whatever the engine advises."""
    advised = {advice.value for advice in (*FingerAdvice, *FaceAdvice)}
    assert advised <= {hint.value for hint in Hint}


def test_finger_is_judged(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A print is judged with quality, parts, resolution and the recipe that judged it."""
    seen = examiner.finger(prints[0])
    assert isinstance(seen, Seen)
    assert (seen.format, seen.width, seen.height, seen.ppi) == ("png", 388, 374, 500)
    assert 40 <= seen.quality <= 100
    assert seen.algorithm == ENGINE
    assert {name for name, _ in seen.parts} >= {"local_clarity", "sharpness"}


def test_face_is_judged(examiner: ChildExaminer) -> None:
    """A drawn face is seen; none and two are refused by name, each with what to do."""
    from tests.unit.biometrics.face.conftest import _draw

    def photograph(*faces: tuple[float, float, float]) -> bytes:
        picture = np.full((480, 640, 3), 200, np.float32)
        for x, y, eyes in faces:
            _draw(picture, (x, y), eyes)
        soft = cv2.GaussianBlur(picture, (0, 0), 1.5) + np.random.default_rng(5).normal(0, 2, (480, 640, 1))
        return cv2.imencode(".png", np.clip(soft, 0, 255).astype(np.uint8))[1].tobytes()

    seen = examiner.face(photograph((320, 240, 100)))
    assert isinstance(seen, Seen)
    assert seen.quality > 0
    assert examiner.face(photograph()) == Refusal(Code.BIO_NOFACE, "show_face")
    assert examiner.face(photograph((160, 240, 90), (480, 240, 90))) == Refusal(Code.BIO_MANYFACES, "one_person_only")
    made = examiner.templates(Position.FACE, photograph((320, 240, 100)), seen.quality)
    assert not isinstance(made, Refusal)
    assert [one.kind for one in made] == [Kind.FACE_TEMPLATE]


def test_repeated_finger_and_wrong_hand_are_found(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A finger under a second position is a repeat, as a second impression of the other hand a wrong hand."""
    first, second, other = prints
    left = Position.LEFT_THUMB
    repeat = (Finger(THUMB, 1, first), Finger(INDEX, 1, second), Finger(left, 1, other))
    assert examiner.mixups(repeat, 1e-4) == (Mixup(MixupKind.REPEAT, 1, 0),)
    swapped = (Finger(THUMB, 1, first), Finger(left, 1, other), Finger(left, 2, second))
    assert examiner.mixups(swapped, 1e-4) == (Mixup(MixupKind.WRONG_HAND, 2, 0),)
    right = (Finger(THUMB, 1, first), Finger(THUMB, 2, second), Finger(left, 1, other))
    assert examiner.mixups(right, 1e-4) == ()


def test_templates_are_those_of_the_engine(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A finger becomes our own template, which the engine reads, and a record of the standard with its position."""
    made = examiner.templates(INDEX, prints[0], 66)
    assert not isinstance(made, Refusal)
    own, record = made
    assert (own.kind, record.kind) == (Kind.FINGER_TEMPLATE, Kind.MINUTIAE)
    assert isinstance(template_codec.decode(own.content), FingerTemplate)
    view = read(record.content)
    assert isinstance(view, MinutiaeRecord)
    assert (int(view.views[0].position), view.views[0].quality) == (INDEX.number, 66)


@pytest.mark.integration
def test_captured_with_the_engine(
    examiner: ChildExaminer, prints: list[bytes], store_room: Cellar, session: Session
) -> None:
    """Real images go all the way: judged, stored, found to be the same finger twice, and made into templates."""
    desk = CaptureDesk(store_room, session, examiner=examiner)
    for position, content in ((THUMB, prints[0]), (INDEX, prints[1]), (Position.LEFT_THUMB, prints[2])):
        taken = desk.captures.take(desk.subject, desk.shot(position, content))
        assert isinstance(taken, Taken)
        assert taken.accepted
    found = desk.mixups.check(desk.subject.aid)
    assert not isinstance(found, Refusal)
    assert [(one.position, one.other) for one in found] == [(INDEX, THUMB)]
    assert desk.mixups.refusal(desk.subject.aid) == Refusal(Code.BIO_REPEAT, "right_index")
    assert desk.extraction.run(desk.subject.aid) == 6
    own = next(one for one in desk.extraction.of(desk.subject.aid) if one.kind is Kind.FINGER_TEMPLATE)
    stored = store_room.vault(session).read(own.object_id)
    assert isinstance(stored, bytes)
    assert isinstance(template_codec.decode(stored), FingerTemplate)


def test_page_and_picture(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A page is a picture of enough pixels; a picture for people is PNG of at most the size that is asked for."""
    assert examiner.page(prints[0], 300) == Page("png", 388, 374)
    assert examiner.page(prints[0], 480) == Refusal(Code.BIO_QUALITY, "larger_picture")
    small = examiner.picture(prints[0], 97)
    assert isinstance(small, bytes)
    assert examiner.page(small, 10) == Page("png", 97, 94)


def test_portrait(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A face becomes a small WebP; what is no face, or does not fit, is refused."""
    small = examiner.portrait(drawn_face(3), 700)
    assert isinstance(small, bytes)
    assert (small[:4], small[8:12], len(small) <= 700) == (b"RIFF", b"WEBP", True)
    assert examiner.portrait(prints[0], 700) == Refusal(Code.BIO_NOFACE, "show_face")
    assert examiner.portrait(drawn_face(3), 20) == Refusal(Code.BIO_ENGINE, "portrait")


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (bomb(50_000, 50_000), Refusal(Code.BIO_TOOLARGE, "smaller_file")),
        (bomb(4097, 4097), Refusal(Code.BIO_TOOLARGE, "smaller_file")),
        (bomb(1, 100_000), Refusal(Code.BIO_FORMAT, "other_file")),
        (b"\x80\x04\x95\x00program", Refusal(Code.BIO_FORMAT, "other_file")),
        (b"\x93NUMPY\x01\x00", Refusal(Code.BIO_FORMAT, "other_file")),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Refusal(Code.BIO_FORMAT, "other_file")),
        (b"\xff\xd8\xff\xe0" + bytes(400), Refusal(Code.BIO_FORMAT, "other_file")),
        (b"II*\x00" + b"\xff" * 400, Refusal(Code.BIO_FORMAT, "other_file")),
        (b"FMR\x00 20\x00" + bytes(40), Refusal(Code.BIO_FORMAT, "other_file")),
    ],
    ids=["bomb", "one too many", "thin", "program", "array", "webp", "jpeg", "tiff", "record"],
)
def test_hostile_files_are_refused(examiner: ChildExaminer, content: bytes, refusal: Refusal) -> None:
    """AC-107 to AC-110: bombs, broken, odd and foreign files get a code and a hint, as face, finger and page alike."""
    assert examiner.face(content) == examiner.finger(content) == examiner.page(content, 1) == refusal


def test_a_process_that_dies_is_replaced(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """A process that was killed while nobody asked is replaced without anybody noticing."""
    before = examiner.finger(prints[2])
    child = examiner._own_places().queue[-1]
    assert child is not None
    os.kill(child._process.pid, signal.SIGKILL)
    assert examiner.finger(prints[2]) == before


def test_an_idle_process_ends_and_a_silent_one_is_given_up(prints: list[bytes]) -> None:
    """A process that nobody asks ends by itself; an answer that does not come in time is a refusal that says so."""
    examiner = ChildExaminer(idle_seconds=0.5)
    try:
        assert isinstance(examiner.page(prints[0], 1), Page)
        child = examiner._own_places().queue[-1]
        assert child is not None
        assert child._process.wait(timeout=60) == 0
        examiner._seconds = 0.0001
        assert examiner.finger(prints[0]) == Refusal(Code.BIO_ENGINE, "lost")
        assert list(examiner._own_places().queue) == [None]
    finally:
        examiner.close()


def test_asking_loads_no_image_library() -> None:
    """Whoever imports the room, and makes an examiner, holds neither OpenCV nor numpy nor the engine."""
    program = (
        "import sys, enrollment.capture as c; c.ChildExaminer();"
        "sys.exit(', '.join({'cv2', 'numpy', 'biometrics'} & set(sys.modules)) or 0)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert outcome.returncode == 0, outcome.stderr


def test_points_are_those_of_the_record(examiner: ChildExaminer, prints: list[bytes]) -> None:
    """Size, places, kinds and angles as the record has them; angles in degrees."""
    made = examiner.templates(THUMB, prints[0], 70)
    assert not isinstance(made, Refusal)
    (record,) = (one.content for one in made if one.kind == Kind.MINUTIAE)
    found, parsed = examiner.ridge_points(record), read(record)
    assert isinstance(found, RidgePoints)
    assert isinstance(parsed, MinutiaeRecord)
    (view,) = parsed.views
    assert (found.width, found.height) == (view.frame.width, view.frame.height) == (388, 374)
    assert [(point.x, point.y) for point in found.points] == [(one.x, one.y) for one in view.minutiae]
    assert {point.kind for point in found.points} <= {"ending", "fork", "other"}
    assert all(
        abs(point.angle - one.angle * 360 / 256) % 360 <= 0.5
        for point, one in zip(found.points, view.minutiae, strict=True)
    )


@pytest.mark.parametrize("content", [b"", b"FMR\0 20\0", b"no record", bytes(2 << 20)])
def test_what_is_no_record_has_no_points(examiner: ChildExaminer, content: bytes) -> None:
    """AC-110: parsed by a fixed layout only; refused, and the process goes on."""
    refused = examiner.ridge_points(content)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.BIO_FORMAT
