"""One person with one person: is what is shown now of whom these templates are? Loads the engine, as `engine` does.

The rule. A part (the face, or one finger) is worth the mean of its log-likelihood ratios against every enrolled sample
of its position, by the calibration file of the engine and mode. One part matches where it is worth as much as the
calibration's threshold for the rate. Several match where their sum reaches -ln(rate), which at most that share of
strangers does as far as the calibrations hold and the parts are independent (`biometrics.decision.fusion.needed`).
What takes part is decided by whoever shows it, never by what fits best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from statistics import fmean
from typing import Protocol, TypeVar

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import load_calibration
from biometrics.decision.fusion import needed
from biometrics.errors import Refused
from biometrics.face import codec as face_codec
from biometrics.face.engine import FaceEngine
from biometrics.face.identity import FaceMode
from biometrics.fingerprint import template_codec
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from enrollment.capture.positions import Position
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.errors import Code, Refusal

__all__ = ["Extracted", "Extractor", "compared"]

_BROKEN = Refusal(Code.BIO_ENGINE, "template")
# Two faces at least this alike (cosine) are one picture, saved again. Of 227 pairs of photographs of 60 people, most of
# them minutes apart, none reached 0.975; a picture scaled to 0.7, or saved again as JPEG, was above 0.99 in the median.
NEAR_COPY = 0.985
# A fingerprint is one picture, saved again, where it scores at least this share of what either scores against itself.
# Of 140 pairs of impressions none reached 0.31; pictures saved as JPEG, scaled, cropped or with noise were above 0.64.
# Below the score nothing is asked, since comparing a print with itself costs more than with another.
NEAR_SHARE = 0.6
NEAR_SCORE = 180.0
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, repr=False)
class Extracted:
    """A template's bytes and the quality of its image."""

    template: bytes
    quality: int


class Extractor(Protocol):
    """Makes templates of what is shown now, or says why not."""

    def shown_face(self, content: bytes) -> Extracted | Refusal:
        """A face as it is judged at a sign-in."""
        ...

    def shown_finger(self, content: bytes, least: int) -> Extracted | Refusal:
        """A finger of at least that quality."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """What one part is worth, and how much it would have to be worth alone."""

    ratio: float
    alone: float
    copied: bool


def compared(
    extractor: Extractor, probes: Sequence[Probe], references: Sequence[Reference], terms: Terms
) -> Compared | Refusal:
    """Fulfils `probing.Comparer.compare` with whoever extracts."""
    known = {one.position for one in references}
    taking_part = [one for one in probes if one.position in known]
    if not taking_part or len({one.position for one in taking_part}) < len(taking_part):
        return Refusal(Code.BIO_COUNT, "probes")
    parts: list[_Part] = []
    qualities: list[int] = []
    for probe in taking_part:
        shown = _extracted(extractor, probe, terms)
        if isinstance(shown, Refusal):
            return shown
        if not probe.extracted:
            qualities.append(shown.quality)
        held = [one.content for one in references if one.position is probe.position]
        compare_part = _face if probe.position is Position.FACE else _finger
        part = compare_part(shown.template, held, terms.rate)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
    return _decided(parts, terms.rate, min(qualities, default=None))


def _decided(parts: Sequence[_Part], rate: float, quality: int | None) -> Compared:
    ratio = sum(part.ratio for part in parts)
    wanted = parts[0].alone if len(parts) == 1 else needed(rate)
    copied = any(part.copied for part in parts)
    return Compared(ratio >= wanted and not copied, ratio, copied, quality)


def _extracted(extractor: Extractor, probe: Probe, terms: Terms) -> Extracted | Refusal:
    if probe.extracted:
        return Extracted(probe.content, 0)
    if probe.position is Position.FACE:
        return extractor.shown_face(probe.content)
    return extractor.shown_finger(probe.content, terms.least_finger)


def _face(shown: bytes, held: Sequence[bytes], rate: float) -> _Part | Refusal:
    probe = face_codec.decode(shown)
    enrolled = _all(map(face_codec.decode, held))
    calibration = load_calibration(FaceMode.MIRROR.engine)
    if isinstance(probe, Refused) or enrolled is None or isinstance(calibration, Refused):
        return _BROKEN
    scores = _all(FaceEngine.compare(probe, one) for one in enrolled)
    if scores is None:
        return _BROKEN
    copied = shown in held or max(scores, default=0.0) >= NEAR_COPY
    return _part([(calibration, score) for score in scores], rate, copied=copied)


def _finger(shown: bytes, held: Sequence[bytes], rate: float) -> _Part | Refusal:
    probe = _prepared(shown)
    enrolled = _all(map(_prepared, held))
    if isinstance(probe, Refused) or enrolled is None:
        return _BROKEN
    # Ridges are compared where both have them; a template of minutiae alone has none.
    whole = [one for one in enrolled if probe.verifiable and one.verifiable]
    others = [one for one in enrolled if not (probe.verifiable and one.verifiable)]
    scored, copied = [], shown in held
    for mode, fingers in ((Mode.VERIFY, whole), (Mode.FULL, others)):
        calibration = load_calibration(f"{FINGER_ENGINE}/{mode}") if fingers else None
        if isinstance(calibration, Refused):
            return _BROKEN
        if calibration is not None:
            scores = [float(score) for score in compare_many(probe, fingers, mode)]
            scored += [(calibration, score) for score in scores]
            if mode is Mode.VERIFY:
                copied = copied or any(map(_saved_again, repeat(probe), fingers, scores))
    return _part(scored, rate, copied=copied)


def _saved_again(probe: PreparedFinger, finger: PreparedFinger, score: float) -> bool:
    if score < NEAR_SCORE:
        return False
    return any(score >= NEAR_SHARE * float(compare_many(one, [one], Mode.VERIFY)[0]) for one in (probe, finger))


def _part(scored: Sequence[tuple[Calibration, float]], rate: float, *, copied: bool) -> _Part | Refusal:
    worth, alone = [], []
    for calibration, score in scored:
        target = calibration.target(rate)
        if target is None:
            return Refusal(Code.BIO_ENGINE, "rate")
        worth.append(calibration.ratio_of(score))
        alone.append(calibration.ratio_of(target.threshold))
    return _Part(fmean(worth), fmean(alone), copied)


def _prepared(content: bytes) -> PreparedFinger | Refused:
    template = template_codec.decode(content)
    return template if isinstance(template, Refused) else prepare(template)


def _all(found: Iterable[Value | Refused]) -> list[Value] | None:
    """What was read; None where one could not be."""
    read = []
    for one in found:
        if isinstance(one, Refused):
            return None
        read.append(one)
    return read
