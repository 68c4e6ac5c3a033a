"""What crosses the wire to the examiner comes over as it was or not at all; positions and words agree with others."""

import socket
import threading
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.sample import FingerPosition
from enrollment.capture import FINGERS, CapturePolicy, Position
from enrollment.capture.documents import DocumentType
from enrollment.capture.findings import Finger, Page
from enrollment.capture.serving import (
    answered,
    made_of,
    mixups_of,
    page_of,
    question_of_fingers,
    refusal_of,
    seen_of,
)
from enrollment.capture.wire import ClosedError, Message, receive, send
from enrollment.cases import sections
from enrollment.cases.judging import DOCUMENT_TYPES
from enrollment.errors import Code, Refusal
from enrollment.storage import cbeff
from tests.factories.captures import WrittenExaminer, image


def over(message: Message) -> Message:
    """What the other side hears."""
    near, far = socket.socketpair()
    with near, far:
        speaking = threading.Thread(target=send, args=(near, message))
        speaking.start()
        heard = receive(far)
        speaking.join()
    return heard


@given(
    st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9), max_size=4),
    st.lists(st.binary(max_size=9), max_size=5),
)
def test_messages_come_over(head: dict[str, object], parts: list[bytes]) -> None:
    """Heads and parts are heard as they were said."""
    assert over(Message(head, tuple(parts))) == Message(head, tuple(parts))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0",
        pack(">IH", 1 << 17, 0),
        pack(">IH", 2, 65),
        pack(">IH", 2, 1) + pack(">I", 97 << 20),
        pack(">IH", 2, 0) + b"[]",
        pack(">IH", 2, 0) + b"{x",
        pack(">IH", 2, 1) + pack(">I", 5) + b"{}abc",
    ],
)
def test_what_no_honest_side_says_closes_the_line(said: bytes) -> None:
    """Lengths beyond the limits, heads that are none, and an end in the middle are one thing: it is over."""
    near, far = socket.socketpair()
    with far:
        with near:
            near.sendall(said)
        with pytest.raises(ClosedError):
            receive(far)


def test_every_question_is_answered_over_the_wire() -> None:
    """What an examiner finds is told in words and numbers, and read back as the same findings."""
    examiner = WrittenExaminer()
    content = image("a", 61, hints=["hold_still", "come_closer"])
    fingers = (Finger(Position.LEFT_RING, 1, content), Finger(Position.RIGHT_RING, 2, content))

    def ask(question: Message) -> Message:
        return over(answered(examiner, over(question)))

    assert seen_of(ask(Message({"ask": "face"}, (content,)))) == examiner.face(content)
    assert seen_of(ask(Message({"ask": "finger"}, (content,)))) == examiner.finger(content)
    assert page_of(ask(Message({"ask": "page", "least_side": 3}, (content,)))) == Page("png", 1000, 700)
    assert mixups_of(ask(question_of_fingers(fingers, 1e-4))) == examiner.mixups(fingers, 1e-4) != ()
    head = {"ask": "templates", "position": "left_ring", "quality": 61}
    assert made_of(ask(Message(head, (content,)))) == examiner.templates(Position.LEFT_RING, content, 61)
    assert ask(Message({"ask": "picture", "longest_side": 9}, (content,))).parts == (content,)
    refused = image("x", code="BIO-NOFACE", hint="show_face")
    assert refusal_of(ask(Message({"ask": "face"}, (refused,)))) == Refusal(Code.BIO_NOFACE, "show_face")
    with pytest.raises(ValueError, match="else"):
        answered(examiner, Message({"ask": "else"}))


def test_positions_are_those_of_the_standard_and_of_the_form() -> None:
    """Names, numbers and CBEFF words of the positions agree with the engine's, and with the application's sections."""
    assert {position.value for position in Position} == sections.POSITIONS
    for finger in FINGERS:
        assert FingerPosition(finger.number).name == finger.value.upper()
        assert Position.of_number(finger.number) is finger
    assert Position.FACE.subtype == ""
    assert Position.RIGHT_THUMB.subtype == "Right Thumb"
    assert Position.LEFT_INDEX.subtype == "Left IndexFinger"
    for number in (0, 11, -1):
        with pytest.raises(ValueError, match="1 to 10"):
            Position.of_number(number)


def test_documents_are_those_of_the_form() -> None:
    """Whatever document the form knows can be photographed; beside them only the picture for an exception."""
    assert {kind.value for kind in DocumentType} - DOCUMENT_TYPES == {"exception"}
    assert {kind.value for kind in DocumentType} >= DOCUMENT_TYPES


def test_limits_fit_each_other() -> None:
    """What capture lets in, storage takes."""
    assert CapturePolicy().file_bytes <= cbeff.MAX_CONTENT
