"""Every constant of the movement challenge. Lengths are in distances between the eyes (ED), times in seconds."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACTIONS",
    "CLOSER_RATIO",
    "HOLD_SECONDS",
    "JUMP",
    "JUMP_SPEED",
    "LARGEST_COORDINATE",
    "LEAST_DISTANCE",
    "LEAST_SHARE",
    "MAX_GAP_SECONDS",
    "MAX_SECONDS",
    "MIN_FRAMES",
    "NEUTRAL_SECONDS",
    "NEUTRAL_SPREAD",
    "PARALLAX",
]

# Movements in a challenge: 108 orders of four movements out of four, none twice in a row.
ACTIONS: Final = 4
# How far the nose leaves the plane of eyes and mouth, against the neutral frames: about 15 degrees of turning.
PARALLAX: Final = 0.10
# How much larger the face must become.
CLOSER_RATIO: Final = 1.25
# A movement counts when it is kept this long.
HOLD_SECONDS: Final = 0.2
# The person looks straight ahead for this long first, and this still.
NEUTRAL_SECONDS: Final = 0.5
NEUTRAL_SPREAD: Final = 0.06
# The track has no cuts: frames follow each other closely, and nothing jumps further than a head can move.
MIN_FRAMES: Final = 20
MAX_GAP_SECONDS: Final = 0.4
MAX_SECONDS: Final = 30.0
JUMP: Final = 0.09
JUMP_SPEED: Final = 1.5
# Landmarks of a picture: none further out than this, and eyes at least this far apart, in pixels.
LARGEST_COORDINATE: Final = 1e6
LEAST_DISTANCE: Final = 1.0
# The smallest share of the neutral face's area that a face may be seen with.
LEAST_SHARE: Final = 0.01
