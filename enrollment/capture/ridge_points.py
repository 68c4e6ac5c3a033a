"""Where ridges end and fork, out of a stored record, for people to look at.

Reads with the engine's codec, so it is imported by the examiner's process and by nothing else.
"""

from __future__ import annotations

from typing import Final

from biometrics.errors import Refused
from biometrics.fingerprint.template import MinutiaKind
from biometrics.records.reading import read
from enrollment.capture.findings import RidgePoint, RidgePoints
from enrollment.capture.hints import Hint
from enrollment.errors import Code, Refusal

__all__ = ["ridge_points"]

_WORDS: Final = {MinutiaKind.ENDING: "ending", MinutiaKind.BIFURCATION: "fork"}


def ridge_points(content: bytes) -> RidgePoints | Refusal:
    """The minutiae of the first view of a record of any edition that we read (ISO/IEC 19794-2, ANSI/INCITS 378).

    Refused: `BIO_FORMAT` for what is no such record, and for one without a size.
    """
    record = read(content)
    if isinstance(record, Refused) or not record.views:
        return Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE.value)
    view, steps = record.views[0], record.format.angle_steps
    width, height = view.frame.width, view.frame.height
    if min(width, height) < 1:
        return Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE.value)
    points = tuple(
        RidgePoint(one.x, one.y, round(one.angle * 360 / steps) % 360, _WORDS.get(one.kind, "other"))
        for one in view.minutiae
    )
    return RidgePoints(width, height, points)
