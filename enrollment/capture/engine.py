"""The biometric engine as capture needs it: images in, findings out.

Loads the image libraries, so it is imported by child processes and by nothing else; `examining.ChildExaminer` asks it
from everywhere. Images are decoded in a bounded process of their own, one for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from biometrics.decision.files import load_calibration
from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Reason, Refused
from biometrics.face import codec as face_codec
from biometrics.face import quality as face_quality
from biometrics.face.engine import Extraction, FaceEngine
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.quality_policy import ENROLMENT, LOGIN
from biometrics.face.template import FaceTemplate
from biometrics.fingerprint import hands, template_codec
from biometrics.fingerprint import quality as finger_quality
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from biometrics.fingerprint.matcher import Mode
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.template import FingerTemplate
from biometrics.pictures import encoded
from biometrics.portraits import portrait
from biometrics.records.conversion import record_from_template
from biometrics.records.writing import write
from biometrics.sample import FingerPosition, Sample
from enrollment.capture.comparing import Extracted, compared
from enrollment.capture.findings import Finger, Made, Mixup, MixupKind, Page, RidgePoints, Seen
from enrollment.capture.hints import Hint
from enrollment.capture.positions import Position
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.capture.ridge_points import ridge_points
from enrollment.errors import Code, Refusal

__all__ = ["Engine"]

_CODES: Final[Mapping[Reason, tuple[Code, Hint]]] = {
    Reason.SAMPLE_TOO_LARGE: (Code.BIO_TOOLARGE, Hint.SMALLER_FILE),
    Reason.SAMPLE_PIXELS: (Code.BIO_TOOLARGE, Hint.SMALLER_FILE),
    Reason.FACE_NONE: (Code.BIO_NOFACE, Hint.SHOW_FACE),
    Reason.FACE_SEVERAL: (Code.BIO_MANYFACES, Hint.ONE_PERSON_ONLY),
    Reason.FACE_TOO_SMALL: (Code.BIO_QUALITY, Hint.COME_CLOSER),
    Reason.SAMPLE_RESOLUTION: (Code.BIO_QUALITY, Hint.PLACE_FINGER),
    Reason.FINGER_NONE: (Code.BIO_QUALITY, Hint.PLACE_FINGER),
    Reason.FINGER_TOO_SMALL: (Code.BIO_QUALITY, Hint.LAY_FINGER_FLAT),
    Reason.FINGER_FEW_MINUTIAE: (Code.BIO_QUALITY, Hint.CLEAN_FINGER_AND_GLASS),
    Reason.ENGINE_MISSING: (Code.BIO_ENGINE, Hint.TRY_AGAIN),
    Reason.CALIBRATION_ENGINE: (Code.BIO_ENGINE, Hint.TRY_AGAIN),
    Reason.CALIBRATION_MALFORMED: (Code.BIO_ENGINE, Hint.TRY_AGAIN),
}
# Everything else says that the file is none, or none that can be read.
_UNREADABLE: Final = (Code.BIO_FORMAT, Hint.OTHER_FILE)
# Below it a component of a face's quality is a fault, as the engine's own policy has it.
_LIMIT: Final = 50
_RECORD_FORMAT: Final = "iso19794-2:2005"


class Engine:
    """Fulfils `findings.Examiner` in this process. One thread at a time; close it at the end."""

    def __init__(self, reader: SampleReader | None = None) -> None:
        self._reader = reader or SampleReader()
        self._faces: FaceEngine | None = None

    def close(self) -> None:
        """End the decoding process."""
        self._reader.close()

    def face(self, content: bytes) -> Seen | Refusal:
        """Judge a photograph: one face, its quality for enrolment."""
        seen = self._observed(content, mirror=False)
        if isinstance(seen, Refusal):
            return seen
        sample, extraction = seen
        judged = face_quality.assess(extraction, ENROLMENT)
        height, width = sample.pixels.shape[:2]
        return Seen(
            format=sample.format.value,
            width=width,
            height=height,
            ppi=None,
            quality=judged.overall,
            sound=not any(
                item.component in ENROLMENT.required and item.score is not None and item.score < _LIMIT
                for item in judged.components
            ),
            algorithm=FACE_ENGINE,
            hints=tuple(Hint(advice.value) for advice in judged.advice),
            parts=tuple((item.component.value, item.score) for item in judged.components if item.score is not None),
        )

    def finger(self, content: bytes) -> Seen | Refusal:
        """Judge an image of one finger."""
        found = self._print(content)
        if isinstance(found, Refusal):
            return found
        sample, template = found
        judged = finger_quality.assess(template, sample.grey)
        height, width = sample.pixels.shape[:2]
        return Seen(
            format=sample.format.value,
            width=width,
            height=height,
            ppi=None if sample.stored_ppi is None else round(sample.stored_ppi),
            quality=judged.overall,
            sound=True,
            algorithm=FINGER_ENGINE,
            hints=tuple(Hint(advice.value) for advice in judged.advice),
            parts=tuple((item.component.value, item.score) for item in judged.components if item.score is not None),
        )

    def page(self, content: bytes, least_side: int) -> Page | Refusal:
        """Look whether this is a picture of at least that many pixels on its shorter side."""
        sample = self._reader.read(content)
        if isinstance(sample, Refused):
            return _refusal(sample)
        height, width = sample.pixels.shape[:2]
        if min(height, width) < least_side:
            return Refusal(Code.BIO_QUALITY, Hint.LARGER_PICTURE)
        return Page(sample.format.value, width, height)

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:
        """Find fingers that are given twice or called what they are not, at that false match rate."""
        calibration = load_calibration(f"{FINGER_ENGINE}/{Mode.VERIFY}")
        if isinstance(calibration, Refused):
            return _refusal(calibration)
        target = calibration.target(rate)
        if target is None:
            return Refusal(Code.BIO_ENGINE, "rate")
        prepared: list[PreparedFinger | None] = [self._prepared(finger.content) for finger in fingers]
        first = _references(fingers, prepared)
        by_position = {FingerPosition(position.number): index for position, index in first.items()}
        known = {position: _there(prepared[index]) for position, index in by_position.items()}
        found = [
            Mixup(MixupKind.REPEAT, by_position[pair.second], by_position[pair.first])
            for pair in hands.repeated(known, target.threshold)
        ]
        for index, (finger, ready) in enumerate(zip(fingers, prepared, strict=True)):
            if ready is None or index in by_position.values():
                continue
            claimed = FingerPosition(finger.position.number)
            for wrong in hands.misplaced({claimed: ready}, known, target.threshold):
                kind = MixupKind.WRONG_HAND if wrong.mirrored else MixupKind.MISPLACED
                found.append(Mixup(kind, index, by_position[wrong.found]))
        return tuple(found)

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The templates of a sample: for a finger our own and a record of ISO/IEC 19794-2:2005, for a face our own."""
        if position is Position.FACE:
            return self._face_template(content)
        found = self._print(content)
        if isinstance(found, Refusal):
            return found
        own = template_codec.encode(found[1])
        record = record_from_template(
            found[1], position=FingerPosition(position.number), quality=min(max(quality, 0), 100)
        )
        written = record if isinstance(record, Refused) else write(record)
        if isinstance(own, Refused) or isinstance(written, Refused):
            return Refusal(Code.BIO_ENGINE, "template")
        return (
            Made("finger-template", FINGER_ENGINE, "wgff-1", own),
            Made("minutiae", FINGER_ENGINE, _RECORD_FORMAT, written),
        )

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:
        """The image as PNG for people to look at, no side longer than that."""
        sample = self._reader.read(content)
        return _refusal(sample) if isinstance(sample, Refused) else encoded(sample.pixels, longest_side)

    def portrait(self, content: bytes, most_bytes: int) -> bytes | Refusal:
        """The face of a photograph, small, as WebP of at most that many bytes: for the code of a card."""
        seen = self._observed(content, mirror=False)
        if isinstance(seen, Refusal):
            return seen
        return portrait(seen[1].image, seen[1].face.box, most_bytes) or Refusal(Code.BIO_ENGINE, "portrait")

    def ridge_points(self, content: bytes) -> RidgePoints | Refusal:
        """The points of a stored record of ISO/IEC 19794-2, to draw over the picture of its finger."""
        return ridge_points(content)

    def compare(self, probes: tuple[Probe, ...], references: tuple[Reference, ...], terms: Terms) -> Compared | Refusal:
        """Is it the person of these templates?"""
        return compared(self, probes, references, terms)

    def shown_face(self, content: bytes) -> Extracted | Refusal:
        """The template of a face that is shown at a counter or a sign-in, as an enrolled one is made."""
        seen = self._observed(content, mirror=True)
        if isinstance(seen, Refusal):
            return seen
        judged = face_quality.assess(seen[1], LOGIN)
        required = [one.score for one in judged.components if one.component in LOGIN.required and one.score is not None]
        if min(required, default=0) < _LIMIT:
            return Refusal(Code.BIO_QUALITY, judged.advice[0].value if judged.advice else Hint.TRY_AGAIN)
        own = face_codec.encode(FaceTemplate(FACE_ENGINE, seen[1].embedding.vector[None]))
        return _refusal(own) if isinstance(own, Refused) else Extracted(own, judged.overall)

    def shown_finger(self, content: bytes, least: int) -> Extracted | Refusal:
        """The same of a finger; `BIO_QUALITY` below that quality."""
        found = self._print(content)
        if isinstance(found, Refusal):
            return found
        judged = finger_quality.assess(found[1], found[0].grey)
        if judged.overall < least:
            return Refusal(Code.BIO_QUALITY, judged.advice[0].value if judged.advice else Hint.TRY_AGAIN)
        own = template_codec.encode(found[1])
        return _refusal(own) if isinstance(own, Refused) else Extracted(own, judged.overall)

    def _face_template(self, content: bytes) -> tuple[Made, ...] | Refusal:
        seen = self._observed(content, mirror=True)
        if isinstance(seen, Refusal):
            return seen
        own = face_codec.encode(FaceTemplate(FACE_ENGINE, seen[1].embedding.vector[None]))
        return _refusal(own) if isinstance(own, Refused) else (Made("face-template", FACE_ENGINE, "wgft-1", own),)

    def _observed(self, content: bytes, *, mirror: bool) -> tuple[Sample, Extraction] | Refusal:
        if self._faces is None:
            loaded = FaceEngine.load()
            if isinstance(loaded, Refused):
                return _refusal(loaded)
            self._faces = loaded
        sample = self._reader.read(content)
        if isinstance(sample, Refused):
            return _refusal(sample)
        extraction = self._faces.observe(sample, mirror=mirror)
        return _refusal(extraction) if isinstance(extraction, Refused) else (sample, extraction)

    def _print(self, content: bytes) -> tuple[Sample, FingerTemplate] | Refusal:
        sample = self._reader.read(content)
        if not isinstance(sample, Refused):
            sample = at_500_ppi(sample)
        if isinstance(sample, Refused):
            return _refusal(sample)
        template = extract(sample.grey)
        return _refusal(template) if isinstance(template, Refused) else (sample, template)

    def _prepared(self, content: bytes) -> PreparedFinger | None:
        """None where there is nothing to compare: then the finger is nobody's mix-up."""
        found = self._print(content)
        ready = None if isinstance(found, Refusal) else prepare(found[1])
        return None if isinstance(ready, Refused) else ready


def _references(fingers: tuple[Finger, ...], prepared: list[PreparedFinger | None]) -> dict[Position, int]:
    """For each position the first of its fingers that can be compared, by impression."""
    order = sorted(range(len(fingers)), key=lambda index: fingers[index].impression)
    first: dict[Position, int] = {}
    for index in order:
        if prepared[index] is not None:
            first.setdefault(fingers[index].position, index)
    return first


def _there(finger: PreparedFinger | None) -> PreparedFinger:
    assert finger is not None  # noqa: S101 - for the type checker: references are those that are there
    return finger


def _refusal(refused: Refused) -> Refusal:
    code, hint = _CODES.get(refused.reason, _UNREADABLE)
    return Refusal(code, hint.value)
