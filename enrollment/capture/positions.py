"""Where on the body a sample is from. The words are those of the application's sections; stored, never renamed."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["FINGERS", "Position"]


class Position(StrEnum):
    """The face and the ten fingers, the fingers in the order in which ISO/IEC 19794-2:2005 table 2 numbers them."""

    FACE = "face"
    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"

    @property
    def number(self) -> int:
        """The finger's number, 1 to 10; 0 for the face."""
        return list(Position).index(self)

    @property
    def strong(self) -> bool:
        """Whether more is asked of this finger: thumbs and index fingers give most."""
        return self in _STRONG

    @property
    def subtype(self) -> str:
        """How CBEFF names the position (ISO/IEC 19785-3); empty for the face."""
        if self is Position.FACE:
            return ""
        hand, _, finger = self.value.partition("_")
        return f"{hand.capitalize()} {finger.capitalize()}{'' if finger == 'thumb' else 'Finger'}"

    @classmethod
    def of_number(cls, number: int) -> Position:
        """The finger of that number, 1 to 10; ValueError for any other."""
        if not 1 <= number <= 10:
            raise ValueError("a finger has a number from 1 to 10")
        return FINGERS[number - 1]


FINGERS = tuple(Position)[1:]
_STRONG = frozenset({Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_THUMB, Position.LEFT_INDEX})
