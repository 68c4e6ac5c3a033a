"""What is asked of a capture: one value, the defaults of design section 6."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.capture.positions import Position

__all__ = ["CapturePolicy"]


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """Limits and thresholds. Qualities are 0 to 100.

    `tries` is for one impression of one position. `mixup_rate` is the false match rate at which two fingers of one
    person are called the same: a flag for a person to look at, nothing that refuses by itself.
    """

    file_bytes: int = 5 << 20
    tries: int = 3
    impressions: int = 2
    strong_finger: int = 40
    other_finger: int = 30
    face: int = 50
    document_side: int = 480
    mixup_rate: float = 1e-4

    def least_quality(self, position: Position) -> int:
        """From which quality on a sample of this position is accepted."""
        if position is Position.FACE:
            return self.face
        return self.strong_finger if position.strong else self.other_finger
