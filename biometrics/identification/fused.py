"""Candidate lists by faces and fingers together: sums of log-likelihood ratios, ranked, cut at a review threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.faces import Faces
from biometrics.identification.finger_search import FingerEvidence, Fingers, Hands, compare_people, shortlist
from biometrics.identification.fingers import FingerProbe
from biometrics.identification.parameters import CANDIDATES, FACES_COMPLETED

__all__ = ["FusedCandidate", "PersonProbe", "fuse", "identify"]

Prepared = TypeVar("Prepared")
Form = TypeVar("Form")


@dataclass(frozen=True, slots=True)
class FusedCandidate:
    """One person: the sum of the ratios, and each part of it; None where probe or gallery lack that part (adds 0)."""

    id: int
    ratio: float
    face: float | None
    fingers: FingerEvidence | None


@dataclass(frozen=True, slots=True, eq=False)
class PersonProbe(Generic[Prepared, Form]):
    """Who is searched for: one unit vector (dimension,) as the engine made it, or None, and any number of fingers."""

    face: NDArray[np.floating] | None
    fingers: Sequence[FingerProbe[Prepared, Form]] = ()


def fuse(
    faces: Mapping[int, float], fingers: Mapping[int, FingerEvidence], *, review: float, most: int = CANDIDATES
) -> list[FusedCandidate]:
    """The candidate list of people with evidence of either kind: by falling sum, among equals by id; at most `most`.

    Nobody whose sum is below `review` is listed: no candidate, no review. A person whom one kind did not find must
    have been compared by it all the same (`identify` does so), or the missing part would count as 0 though it speaks
    against the match.
    """
    found = []
    for person in faces.keys() | fingers.keys():
        face, hand = faces.get(person), fingers.get(person)
        ratio = (0.0 if face is None else face) + (0.0 if hand is None else hand.ratio)
        if ratio >= review:
            found.append(FusedCandidate(person, ratio, face, hand))
    return sorted(found, key=lambda candidate: (-candidate.ratio, candidate.id))[:most]


def identify(
    probe: PersonProbe[Prepared, Form],
    *,
    faces: Faces | None,
    fingers: Fingers[Prepared, Form] | None,
    review: float,
    most: int = CANDIDATES,
    hands: Hands = Hands.SWAPPED,
) -> list[FusedCandidate] | Refused:
    """Search a person by face and fingers.

    The best faces (FACES_COMPLETED) and the fingers' shortlist name people; each of them is then compared by
    everything that probe and galleries have in common, and ranked by the sum. `review` is a log-likelihood ratio, such
    as `biometrics.decision.fusion.needed_in_search` gives. Refuses a face vector as `faces` does.
    """
    named: Sequence[int] = ()
    if probe.face is not None and faces is not None:
        found = faces.named(probe.face, max(most, FACES_COMPLETED))
        if isinstance(found, Refused):
            return found
        named = found
    by_finger: dict[int, FingerEvidence] = {}
    if probe.fingers and fingers is not None:
        named = list(dict.fromkeys([*named, *shortlist(fingers.gallery, probe.fingers, hands=hands)]))
        by_finger = compare_people(fingers, probe.fingers, named, hands=hands)
    by_face: Mapping[int, float] = {}
    if probe.face is not None and faces is not None:
        by_face = faces.ratios(probe.face, named)
    return fuse(by_face, by_finger, review=review, most=most)
