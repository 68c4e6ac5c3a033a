"""What is to be captured next, and what of it pages say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from enrollment.capture import FINGERS, Hint, Position
from enrollment.capture.findings import MixupKind
from enrollment.capture.overview import Kept, Place, Standing
from enrollment.web.staff.body import all_settled, level, mixed_up, next_capture, slot

NOW = datetime(2026, 11, 23, tzinfo=UTC)
THUMB, INDEX = Position.RIGHT_THUMB, Position.RIGHT_INDEX


def sample(position: Position, impression: int = 1, quality: int = 70, flag: Position | None = None) -> Kept:
    """The best sample of an impression."""
    kind = None if flag is None else MixupKind.REPEAT
    good = quality >= 40
    return Kept(uuid4(), position, impression, uuid4(), 1, quality, good, True, NOW, "", kind, flag)


def place(position: Position, standing: Standing, *kept: Kept, left: int = 3, second: int = 3) -> Place:
    """A position with what is kept of it."""
    best = next((one for one in kept if one.impression == 1), None)
    return Place(position, standing, best, kept, left, (Hint.PRESS_HARDER,), second)


def places(changed: Mapping[Position, Place]) -> Sequence[Place]:
    """Every position; nothing is there of the others."""
    return [changed.get(one, place(one, Standing.EMPTY)) for one in Position]


def test_groups_come_in_order_and_first_impressions_before_second_ones() -> None:
    """Four fingers of the right hand, of the left, both thumbs; then what is wanted again."""
    asked = next_capture(places({}))
    assert asked is not None
    assert (asked["name"], asked["sensor"], asked["impression"]) == ("right_four", "2", 1)
    done = {one: place(one, Standing.ACCEPTED, sample(one)) for one in FINGERS}
    asked = next_capture(places(done))
    assert asked is not None
    assert (asked["name"], asked["impression"], len(asked["positions"])) == ("right_four", 2, 4)
    twice = {one: place(one, Standing.ACCEPTED, sample(one), sample(one, 2)) for one in done}
    assert next_capture(places(twice)) is None
    missing = {
        **twice,
        INDEX: place(INDEX, Standing.EXCEPTED),
        THUMB: place(THUMB, Standing.TRIED, sample(THUMB, 1, 9)),
    }
    asked = next_capture(places(missing))
    assert asked is not None
    assert (asked["name"], asked["positions"]) == ("thumbs", ["right_thumb"])


def test_no_try_and_no_impression_more_than_there_are() -> None:
    """A worn, excepted or mixed-up finger asks for nothing; a poor second impression only while tries are left."""
    worn = place(THUMB, Standing.WORN, sample(THUMB, 1, 9), left=0)
    flagged = place(THUMB, Standing.FLAGGED, sample(THUMB, flag=INDEX))
    assert (worn.wanted, flagged.wanted, place(THUMB, Standing.EXCEPTED).wanted) == (None, None, None)
    poor = (sample(THUMB), sample(THUMB, 2, 9))
    assert place(THUMB, Standing.ACCEPTED, *poor, second=1).wanted == 2
    assert place(THUMB, Standing.ACCEPTED, *poor, second=0).wanted is None
    assert place(Position.FACE, Standing.ACCEPTED, second=0).wanted is None


def test_settled_when_no_finger_waits_for_its_first_impression() -> None:
    """Worn and excepted count as settled; with nothing captured there is nothing to compare."""
    done = {one: place(one, Standing.ACCEPTED, sample(one)) for one in FINGERS}
    assert all_settled(places(done))
    assert all_settled(places({**done, THUMB: place(THUMB, Standing.WORN, sample(THUMB, 1, 9))}))
    assert not all_settled(places({**done, THUMB: place(THUMB, Standing.TRIED, sample(THUMB, 1, 9))}))
    assert not all_settled(places({one: place(one, Standing.EXCEPTED) for one in FINGERS}))


def test_both_fingers_of_a_mix_up_can_be_captured_again() -> None:
    """The finger that is another one, and that other: which is wrong nobody knows."""
    flagged = place(INDEX, Standing.FLAGGED, sample(INDEX, flag=THUMB))
    assert mixed_up(places({INDEX: flagged})) == {INDEX, THUMB}
    shown = slot(flagged)
    assert (shown["flag"], shown["other"], shown["hints"]) == ("repeat", "right_thumb", [])


def test_quality_has_three_words() -> None:
    """Good and enough are accepted ones; whatever is not accepted is too low, however high."""
    assert (level(60, accepted=True), level(59, accepted=True), level(99, accepted=False)) == ("good", "enough", "low")
