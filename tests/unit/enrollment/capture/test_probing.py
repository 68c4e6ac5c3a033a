"""What is compared crosses the wire as it is; what comes back is a yes or no and nothing that was not asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.capture import Position
from enrollment.capture.probing import Compared, Probe, Reference, Terms, asked_of, compared_of, question_of_probes
from enrollment.capture.wire import Message

POSITIONS = st.sampled_from(Position)
PROBES = st.lists(st.builds(Probe, POSITIONS, st.binary(max_size=8), st.booleans()), max_size=4).map(tuple)
REFERENCES = st.lists(st.builds(Reference, POSITIONS, st.binary(max_size=8)), max_size=6).map(tuple)


@given(PROBES, REFERENCES, st.floats(1e-6, 0.5), st.integers(0, 100))
def test_question_is_read_as_it_was_asked(
    probes: tuple[Probe, ...], references: tuple[Reference, ...], rate: float, least: int
) -> None:
    """Positions, bytes and their order; which of them are templates; the terms."""
    asked = asked_of(question_of_probes(probes, references, Terms(rate, least)))
    assert asked == (probes, references, Terms(rate, least))


def test_question_with_other_parts_than_it_says_is_none() -> None:
    """ValueError or KeyError: the examiner's process answers nothing and is replaced."""
    question = question_of_probes((Probe(Position.FACE, b"x"),), (Reference(Position.FACE, b"y"),), Terms(1e-4))
    for parts in ((), (b"x",), (b"x", b"y", b"z")):
        with pytest.raises(ValueError, match="zip"):
            asked_of(Message(question.head, parts))


def test_answer_is_a_yes_only_where_it_says_so() -> None:
    """Anything but `true` is no."""
    head = {"matched": True, "ratio": 1.5, "copied": False, "quality": None}
    assert compared_of(Message(head)) == Compared(matched=True, ratio=1.5)
    for no in (1, "true", None, 0, [True]):
        assert not compared_of(Message({**head, "matched": no})).matched
    with pytest.raises(KeyError):
        compared_of(Message({"matched": True}))


def test_bytes_are_not_in_texts() -> None:
    """What is printed of a probe or a template, in a log or an error, holds none of its bytes."""
    assert "secret" not in f"{Probe(Position.FACE, b'secret')!r} {Reference(Position.FACE, b'secret')!r}"
