"""Stored templates as the engine compares them. Loads the engine: imported in workers alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biometrics.errors import Reason, Refused
from biometrics.face import codec as face_codec
from biometrics.face.engine import direction
from biometrics.face.template import FaceTemplate, fault
from biometrics.fingerprint import form_codec, template_codec
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.shortlist import ShortForm
from biometrics.identification.fingers import FingerProbe
from biometrics.identification.fused import PersonProbe
from biometrics.sample import FingerPosition
from enrollment.capture import Position
from enrollment.gallery.form_log import Forms
from enrollment.gallery.searching import Place, Subject, Template

__all__ = ["PreparedFingers", "TakenApart", "chosen", "prepared_finger", "probe_of", "taken_apart"]

# Some 100 MB: a shortlist of fifty people, both hands.
_KEPT = 600


def prepared_finger(content: bytes) -> PreparedFinger | Refused:
    """A finger's template ready to be compared. Refuses as the engine does: another engine's, or not whole."""
    template = template_codec.decode(content)
    return template if isinstance(template, Refused) else prepare(template)


@dataclass(frozen=True, slots=True, repr=False)
class TakenApart:
    """What an index keeps of people: faces, and short forms of fingers. `missing` templates could not be read."""

    faces: Mapping[int, list[FaceTemplate]]
    forms: Mapping[int, Forms]
    missing: int


def taken_apart(subjects: Sequence[Subject]) -> TakenApart:
    """Faces and forms of people's templates; all of the people are in `forms`, those without fingers with none."""
    faces: dict[int, list[FaceTemplate]] = {}
    forms: dict[int, dict[tuple[int, int], bytes]] = {subject.id.int: {} for subject in subjects}
    missing = 0
    for subject in subjects:
        for template in subject.templates:
            if template.position is Position.FACE:
                face = _face(template.content)
                missing += isinstance(face, Refused)
                if not isinstance(face, Refused):
                    faces.setdefault(subject.id.int, []).append(face)
                continue
            form = _form(template.content)
            missing += isinstance(form, Refused)
            if not isinstance(form, Refused):
                forms[subject.id.int][template.position.number, template.impression] = form
    return TakenApart(faces, forms, missing)


def chosen(probe: Sequence[Template], fingers: int) -> list[Template]:
    """What of a probe takes part: the best face, and the best impression each of the best `fingers` fingers.

    By quality, and before anything is compared: no luck is counted as evidence.
    """
    best: dict[Position, Template] = {}
    for template in sorted(probe, key=lambda one: (-one.quality, one.impression)):
        best.setdefault(template.position, template)
    face = [best.pop(Position.FACE)] if Position.FACE in best else []
    ordered = sorted(best.values(), key=lambda one: (-one.quality, not one.position.strong, one.position.number))
    return [*face, *sorted(ordered[:fingers], key=lambda one: one.position.number)]


def probe_of(parts: Sequence[Template]) -> PersonProbe[PreparedFinger, ShortForm] | Refused:
    """The probe that these templates are; refused where there is none, or one is not of this engine."""
    face = None
    fingers = []
    for part in parts:
        if part.position is Position.FACE:
            held = _face(part.content)
            vector = held if isinstance(held, Refused) else direction(held)
            if isinstance(vector, Refused):
                return vector
            face = vector
            continue
        finger = prepared_finger(part.content)
        if isinstance(finger, Refused):
            return finger
        fingers.append(FingerProbe(FingerPosition(part.position.number), finger, finger.short))
    if face is None and not fingers:
        return Refused(Reason.TEMPLATE_EMPTY, "nothing to compare")
    return PersonProbe(face, fingers)


class PreparedFingers:
    """The fingers that were compared last, kept ready: the same ones are asked for by each finger of a probe."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._held: OrderedDict[Place, PreparedFinger] = OrderedDict()

    def get(self, place: Place) -> PreparedFinger | None:
        """The finger, if it is kept."""
        found = self._held.get(place)
        if found is not None:
            self._held.move_to_end(place)
        return found

    def keep(self, place: Place, finger: PreparedFinger) -> None:
        """Keep it, in place of the one that was not asked for the longest."""
        self._held[place] = finger
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()


def _face(content: bytes) -> FaceTemplate | Refused:
    template = face_codec.decode(content)
    return template if isinstance(template, Refused) else fault(template) or template


def _form(content: bytes) -> bytes | Refused:
    finger = prepared_finger(content)
    return finger if isinstance(finger, Refused) else form_codec.encode(finger.short)
