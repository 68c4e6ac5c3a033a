"""Real pictures of nobody, taken apart by the examiner's own process."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import ChildExaminer, Position
from enrollment.storage import Facts, Kind, Record
from enrollment.storage.cbeff import write_set
from enrollment.web.rooms import EXAMINER
from tests.factories.abis import System
from tests.factories.faces import drawn_face

pytestmark = pytest.mark.integration
TAKEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def looking(system: System) -> Iterator[System]:
    """The system, with an examiner that looks at pictures."""
    before = system.site.app.extensions[EXAMINER]
    examiner = ChildExaminer()
    system.site.app.extensions[EXAMINER] = examiner
    yield system
    system.site.app.extensions[EXAMINER] = before
    examiner.close()


def pictures(person: int, shot: int) -> bytes:
    """A face and a thumb of that person, as another system writes them: its name for the owner, a missing finger."""
    [thumb] = images(master(7, person), 7, person, range(shot, shot + 1))
    written = write_set(
        (
            Record(Kind.FACE_IMAGE, drawn_face(person, shot + 1), TAKEN),
            Record(Kind.FINGER_IMAGE, encode_png(thumb), TAKEN, Facts(Position.RIGHT_THUMB.subtype, 80)),
            Record(Kind.FINGER_IMAGE, b"missing", TAKEN, Facts(Position.LEFT_THUMB.subtype)),
        )
    )
    named = written.replace(b"<Organization>257</Organization>", b"<Organization>Mosip</Organization>")
    return named.replace(b"<BDB>bWlzc2luZw==</BDB>", b"<BDB></BDB>")


def test_pictures_are_recognised(looking: System) -> None:
    """Other pictures of somebody name them first; a picture of nothing is of no use, and no picture is none.

    Two of these drawn faces are more alike than people are, so others may follow.
    """
    for person in (1, 2):
        url = looking.share.put(pictures(person, 0))
        assert looking.ask("insert", referenceId=f"p{person}", referenceURL=url)["returnValue"] == "1"
    url = looking.share.put(pictures(1, 1))
    found = looking.ask("identify", referenceId="", referenceURL=url)
    assert looking.named(found)[0] == "p1"
    assert {one["biometricType"] for one in found["candidateList"]["candidates"][0]["modalities"]} == {"FID", "FIR"}
    blank = encode_png(np.full((400, 400), 200, np.uint8))
    for content, failure in ((blank, "18"), (b"no picture", "16")):
        record = Record(Kind.FINGER_IMAGE, content, TAKEN, Facts(Position.RIGHT_THUMB.subtype))
        url = looking.share.put(write_set((record,)))
        assert looking.ask("insert", referenceId="none", referenceURL=url)["failureReason"] == failure
