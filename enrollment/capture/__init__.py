"""Intake of faces, fingers and documents: judged in a process of its own, counted in tries, the best kept sealed.

Public names here are the light ones, which that process loads as well: `CapturePolicy`, `ChildExaminer`, `Examiner`,
`FINGERS`, `Hint`, `Position`. Pages call `enrollment.capture.desk.CaptureDesk`; the services stand in `captures`,
`documents`, `mixups`, `extraction`, `overview` and `forgetting`. Image libraries are loaded by
`enrollment.capture.engine` alone.
"""

from enrollment.capture.examining import ChildExaminer
from enrollment.capture.findings import Examiner
from enrollment.capture.hints import Hint
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.positions import FINGERS, Position

__all__ = ["FINGERS", "CapturePolicy", "ChildExaminer", "Examiner", "Hint", "Position"]
