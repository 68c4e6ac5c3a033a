"""Chimeric persons: a finger of one set and a face of another taken for one person, to measure fusion.

ISO/IEC 19795-1 allows such persons where no set has both; they assume that face and finger say nothing about each
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.decision.calibration import Calibration
from biometrics.evaluation.intervals import SubjectScores
from biometrics.evaluation.report import Evaluation

__all__ = ["Fused", "Ratios", "couple", "several_fingers"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """Log-likelihood ratios of one part with the subjects behind them; fields as those of `SubjectScores`."""

    genuine: Floats
    impostor: Floats
    genuine_subject: NDArray[np.int32]
    impostor_subjects: NDArray[np.int32]

    @classmethod
    def of(cls, evaluation: Evaluation, calibration: Calibration) -> Ratios:
        """The ratios of all pairs; a comparison that could not be made is a missing part (NaN)."""
        scores: SubjectScores = evaluation.scores(np.ones(len(evaluation.pairs), np.bool_))
        genuine, impostor = (np.where(np.isfinite(part), part, np.nan) for part in (scores.genuine, scores.impostor))
        return cls(
            calibration.ratio(genuine), calibration.ratio(impostor), scores.genuine_subject, scores.impostor_subjects
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """Coupled comparisons of chimeric persons, finger and face side by side.

    `genuine` and `impostor` are float64 of shape (comparisons, 2): the ratio of the finger or fingers, and of the
    face. `genuine_person` int32 (comparisons,) numbers the faces of the mated persons.
    """

    genuine: Floats
    impostor: Floats
    genuine_person: NDArray[np.int32]


def couple(fingers: Ratios, faces: Ratios, generator: np.random.Generator) -> Fused:
    """Couple comparisons of fingers with comparisons of faces, each face comparison at most once.

    Mated: every person with several face images is given one of the fingers that has several impressions, in turn, and
    a different mated comparison of that finger for each of its face comparisons, as far as there are. Non-mated: each
    non-mated finger comparison is coupled with a face comparison of two persons drawn at random, so that no comparison
    of either kind counts twice.
    """
    finger_subjects = generator.permutation(np.unique(fingers.genuine_subject))
    rows: list[Floats] = []
    persons: list[NDArray[np.int32]] = []
    for turn, person in enumerate(generator.permutation(np.unique(faces.genuine_subject))):
        finger = finger_subjects[turn % len(finger_subjects)]
        of_finger = generator.permutation(np.flatnonzero(fingers.genuine_subject == finger))
        of_face = generator.permutation(np.flatnonzero(faces.genuine_subject == person))
        count = min(len(of_finger), len(of_face))
        rows.append(np.stack([fingers.genuine[of_finger[:count]], faces.genuine[of_face[:count]]], axis=1))
        persons.append(np.full(count, person, np.int32))
    count = min(len(fingers.impostor), len(faces.impostor))
    chosen_fingers = generator.permutation(len(fingers.impostor))[:count]
    chosen_faces = generator.choice(len(faces.impostor), count, replace=False)
    impostor = np.stack([fingers.impostor[chosen_fingers], faces.impostor[chosen_faces]], axis=1)
    return Fused(np.concatenate(rows), impostor, np.concatenate(persons))


def several_fingers(single: Ratios, fingers: int) -> Ratios:
    """Hands of `fingers` fingers each, from comparisons of single ones: their ratios added up.

    Subjects are dealt out in their order: the first `fingers` subjects are one hand, and so on. Comparisons of the same
    place in the order of their pair of subjects go together; what does not fill a hand is left out.
    """
    own = _grouped(single.genuine, single.genuine_subject[:, None], fingers)
    others = _grouped(single.impostor, single.impostor_subjects, fingers)
    return Ratios(own[0], others[0], own[1][:, 0].astype(np.int32), others[1].astype(np.int32))


def _grouped(ratios: Floats, subjects: NDArray[np.int32], fingers: int) -> tuple[Floats, NDArray[np.int64]]:
    """Sums over the fingers of a hand, and the hand or the two hands behind each."""
    hands, place = np.divmod(subjects.astype(np.int64), fingers)
    same = (place == place[:, :1]).all(axis=1)
    if subjects.shape[1] == 2:
        same &= hands[:, 0] != hands[:, 1]
    ratios, hands, place = ratios[same], hands[same], place[same, 0]
    keys, key = np.unique(hands, axis=0, return_inverse=True)
    order = np.lexsort((np.arange(len(key)), place, key))
    key, place, ratios = key[order], place[order], ratios[order]
    starts = np.concatenate([[True], (key[1:] != key[:-1]) | (place[1:] != place[:-1])])
    turn = np.arange(len(key)) - np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    rounds = int(turn.max(initial=-1)) + 1
    table = np.full((len(keys), max(rounds, 1), fingers), np.nan)
    present = np.zeros(table.shape, np.bool_)
    table[key, turn, place] = ratios
    present[key, turn, place] = True
    complete = present.all(axis=2)
    return np.asarray(np.nansum(table, axis=2)[complete], np.float64), keys[np.nonzero(complete)[0]]
