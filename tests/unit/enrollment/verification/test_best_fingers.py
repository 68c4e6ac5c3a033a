"""Which fingers are asked for: those that were captured best, thumbs and index fingers first among equals."""

from uuid import UUID

from enrollment.capture import Position
from enrollment.verification import best_fingers
from enrollment.verification.enrolled import Held
from idp.authenticators.biometric_locks import Modality


def held(position: Position, quality: int, impression: int = 1) -> Held:
    """A template of that quality."""
    return Held(position, impression, UUID(int=quality), quality, "T", None)


def test_best_quality_first_by_the_best_impression() -> None:
    """A finger counts once, by the better of its impressions; the face is none."""
    templates = [
        held(Position.FACE, 99),
        held(Position.LEFT_RING, 80),
        held(Position.RIGHT_INDEX, 50),
        held(Position.RIGHT_INDEX, 90, 2),
        held(Position.LEFT_THUMB, 70),
    ]
    assert best_fingers(templates, 2) == (Position.RIGHT_INDEX, Position.LEFT_RING)
    assert best_fingers(templates, 10) == (Position.RIGHT_INDEX, Position.LEFT_RING, Position.LEFT_THUMB)
    assert {one.modality for one in templates} == set(Modality)


def test_among_equals_the_strong_ones() -> None:
    """Thumb and index before the others, then by number, so that the same one is asked for each time."""
    templates = [held(position, 60) for position in reversed(Position)]
    assert best_fingers(templates, 4) == (
        Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_THUMB, Position.LEFT_INDEX,
    )  # fmt: skip
    assert best_fingers([], 2) == ()
