"""What pages say of faces and fingers: how far each position is, in words for quality, and what to capture next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from enrollment.capture import FINGERS, Position
from enrollment.capture.overview import Kept, Place, Standing

__all__ = ["GROUPS", "all_settled", "level", "mixed_up", "next_capture", "slot"]

# What a scanner takes at once, by the name of its sensor (`devices.vocabulary.SENSORS`), in the order of the capture.
GROUPS: Sequence[tuple[str, str, tuple[Position, ...]]] = (
    ("right_four", "2", FINGERS[1:5]),
    ("left_four", "1", FINGERS[6:10]),
    ("thumbs", "3", (FINGERS[0], FINGERS[5])),
)
_GOOD = 60
_UNSETTLED = frozenset({Standing.EMPTY, Standing.TRIED})


def level(quality: int, *, accepted: bool) -> str:
    """Quality in three words: `good`, `enough`, `low`."""
    if not accepted:
        return "low"
    return "good" if quality >= _GOOD else "enough"


def slot(place: Place) -> dict[str, Any]:
    """A position as values for its page."""
    flagged = next((one for one in place.kept if one.best and one.flag is not None), None)
    return {
        "position": place.position.value,
        "standing": place.standing.value,
        "best": _told(place.best),
        "second": _told(place.second),
        "tries_left": place.second_left if place.wanted == 2 else place.tries_left,
        "wanted": place.wanted,
        "hints": [hint.value for hint in place.hints[:1]] if place.standing in _ADVISED else [],
        "flag": None if flagged is None or flagged.flag is None else flagged.flag.value,
        "other": None if flagged is None or flagged.flag_position is None else flagged.flag_position.value,
    }


def mixed_up(places: Sequence[Place]) -> frozenset[Position]:
    """Fingers that were found to be another one, and those others: which of both is wrong, nobody knows yet."""
    flagged = [one for place in places for one in place.kept if one.best and one.flag is not None]
    others = {one.flag_position for one in flagged if one.flag_position is not None}
    return frozenset({one.position for one in flagged} | others)


def next_capture(places: Sequence[Place]) -> dict[str, Any] | None:
    """The group to put on the device next: first impressions before second ones; None when nothing is left to do."""
    by_position = {place.position: place for place in places}
    for impression in (1, 2):
        for name, sensor, positions in GROUPS:
            wanted = [one.value for one in positions if by_position[one].wanted == impression]
            if wanted:
                return {"name": name, "sensor": sensor, "positions": wanted, "impression": impression}
    return None


def all_settled(places: Sequence[Place]) -> bool:
    """True when no finger waits for its first impression: then they are worth comparing with each other."""
    fingers = [place for place in places if place.position is not Position.FACE]
    return not any(place.standing in _UNSETTLED for place in fingers) and any(place.best for place in fingers)


_ADVISED = frozenset({Standing.EMPTY, Standing.TRIED, Standing.WORN})


def _told(kept: Kept | None) -> Mapping[str, Any] | None:
    if kept is None:
        return None
    return {"id": kept.id, "quality": kept.quality, "level": level(kept.quality, accepted=kept.accepted)}
