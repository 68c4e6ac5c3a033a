"""Finger search: shortlists name people by all fingers together, the matcher compares the fingers of those few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.candidates import Ratios
from biometrics.identification.fingers import Fetch, FingerGallery, FingerProbe, Match
from biometrics.identification.parameters import (
    MATCH_FINGERS,
    SHORTLIST_LEAST,
    SHORTLIST_MOST,
    SHORTLIST_SHARE,
    SWAPPED_PRIOR,
)
from biometrics.sample import FingerPosition

__all__ = ["FingerEvidence", "Fingers", "Hands", "compare_people", "shortlist"]

Prepared = TypeVar("Prepared")
Form = TypeVar("Form")
# Which enrolled positions each probe finger is compared with.
_Places = tuple[tuple[FingerPosition, ...], ...]


class Hands(StrEnum):
    """What is believed about the positions of the probe's fingers.

    SAME: they are as said. SWAPPED: as said, or left and right were taken for each other. ANY: nothing.
    """

    SAME = "same"
    SWAPPED = "swapped"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class FingerEvidence:
    """What the fingers say about one person: the log-likelihood ratio of all of them together.

    `parts` has one entry per probe finger that met an enrolled one: its number among the probes, and its ratio. Of
    several impressions of one position only the best has one.
    `swapped` says that the other hand fits better.
    """

    ratio: float
    parts: tuple[tuple[int, float], ...] = ()
    swapped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fingers(Generic[Prepared, Form]):
    """Everything a finger search needs: gallery, matcher, store, and what a raw score is worth."""

    gallery: FingerGallery[Form]
    match: Match[Prepared]
    fetch: Fetch[Prepared]
    ratios: Ratios


def shortlist(
    gallery: FingerGallery[Form],
    probes: Sequence[FingerProbe[Prepared, Form]],
    *,
    hands: Hands = Hands.SAME,
    share: float = SHORTLIST_SHARE,
) -> list[int]:
    """The people worth the matcher's time, most promising first.

    Each impression in the best `share` of its position's list speaks for its person by the logarithm of how few stand
    before it, the best impression of a finger only; fingers add up. As many people are kept as give the matcher the
    same work for ten fingers as for one: `share` of all divided by the number of fingers, within SHORTLIST_LEAST and
    SHORTLIST_MOST. Among equals the lower id comes first.
    """
    if not len(gallery) or not probes:
        return []
    total = np.zeros(len(gallery))
    for places in _beliefs(gallery, probes, hands):
        evidence = np.zeros(len(gallery))
        for probe, positions in zip(probes, places, strict=True):
            evidence += _speaking(gallery, probe.form, positions, share)
        np.maximum(total, evidence, out=total)
    kept = int(np.clip(np.ceil(share * len(gallery) / len(probes)), SHORTLIST_LEAST, SHORTLIST_MOST))
    order = np.lexsort((np.arange(len(total)), -total))[:kept]
    return [int(person) for person in gallery.people[order[total[order] > 0]].tolist()]


def _speaking(
    gallery: FingerGallery[Form], form: Form, positions: Iterable[FingerPosition], share: float
) -> NDArray[np.float64]:
    """What one probe finger says for each person by its places in the shortlists, float64 (people,)."""
    evidence = np.zeros(len(gallery))
    for position in positions:
        scores = gallery.scores(position, form)
        count = min(len(scores), max(SHORTLIST_LEAST, int(np.ceil(share * len(scores)))))
        if not count:
            continue
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        rows = np.flatnonzero(scores >= least)
        # How many score higher; equals stand on the same place.
        place = len(rows) - np.searchsorted(np.sort(scores[rows]), scores[rows], side="right")
        np.maximum.at(evidence, gallery.rows(position)[rows], np.log((len(scores) + 1) / (place + 1)))
    return evidence


def compare_people(
    fingers: Fingers[Prepared, Form],
    probes: Sequence[FingerProbe[Prepared, Form]],
    people: Sequence[int],
    *,
    hands: Hands = Hands.SAME,
) -> dict[int, FingerEvidence]:
    """What all fingers of the probe say about each of `people`; people without a finger to compare are left out.

    Every finger that both sides have takes part, so that no luck is counted by choosing. Of several impressions of a
    finger, enrolled or as probes of one position, the best score counts, as at verification. Probes of unknown
    position must be different fingers (`biometrics.fingerprint.hands.repeated` tells): each of them adds up. Where the
    position is not known the ratio is the mean of the likelihoods over the positions; swapped hands are weighed by how
    rare they are (SWAPPED_PRIOR).
    """
    ratios = _ratios_of(fingers, probes, people, hands)
    beliefs = _beliefs(fingers.gallery, probes, hands)
    found = {}
    for person in people:
        readings = [_reading(ratios, person, places) for places in beliefs]
        if any(reading.parts for reading in readings):
            found[person] = readings[0] if len(readings) == 1 else _either(*readings)
    return found


def _beliefs(
    gallery: FingerGallery[Form], probes: Sequence[FingerProbe[Prepared, Form]], hands: Hands
) -> list[_Places]:
    """The readings of the probe's positions: which enrolled positions each finger may be."""
    if hands is Hands.ANY:
        return [tuple(gallery.positions for _ in probes)]
    said = tuple(gallery.positions if not probe.position else (probe.position,) for probe in probes)
    if hands is Hands.SAME:
        return [said]
    return [said, tuple(tuple(position.mirrored for position in places) for places in said)]


def _ratios_of(
    fingers: Fingers[Prepared, Form],
    probes: Sequence[FingerProbe[Prepared, Form]],
    people: Sequence[int],
    hands: Hands,
) -> list[dict[tuple[int, FingerPosition], float]]:
    """Of each probe finger: ratio by person and enrolled position, of the best impression.

    A template is fetched once, for all fingers of the probe that it is compared with.
    """
    wanted = [_compared(probe, fingers.gallery.positions, hands) for probe in probes]
    any_of = frozenset().union(*wanted)
    keys = [key for person in people for key in fingers.gallery.keys_of(person) if key.position in any_of]
    best: list[dict[tuple[int, FingerPosition], float]] = [{} for _ in probes]
    for start in range(0, len(keys), MATCH_FINGERS):
        some = keys[start : start + MATCH_FINGERS]
        held = list(zip(some, fingers.fetch(some), strict=True))
        for probe, positions, found in zip(probes, wanted, best, strict=True):
            mine = [(key, finger) for key, finger in held if key.position in positions]
            scores = fingers.match(probe.prepared, [finger for _, finger in mine]).tolist() if mine else ()
            for (key, _), score in zip(mine, scores, strict=True):
                place = (key.person, key.position)
                found[place] = max(score, found.get(place, score))
    return [_worth(fingers, found) for found in best]


def _compared(
    probe: FingerProbe[Prepared, Form], positions: tuple[FingerPosition, ...], hands: Hands
) -> frozenset[FingerPosition]:
    """The enrolled positions that a finger of the probe is compared with."""
    if hands is Hands.ANY or not probe.position:
        return frozenset(positions)
    both = (probe.position, probe.position.mirrored)
    return frozenset(both if hands is Hands.SWAPPED else both[:1])


def _worth(
    fingers: Fingers[Prepared, Form], scores: Mapping[tuple[int, FingerPosition], float]
) -> dict[tuple[int, FingerPosition], float]:
    if not scores:
        return {}
    values = fingers.ratios(np.array(list(scores.values()), np.float64))
    return dict(zip(scores, values.tolist(), strict=True))


def _reading(
    ratios: Sequence[Mapping[tuple[int, FingerPosition], float]], person: int, places: _Places
) -> FingerEvidence:
    """One reading of the positions: the sum over fingers, each the mean likelihood over where it may belong.

    Probes of one position are impressions of one finger: the best of them counts, and once.
    """
    parts: list[tuple[int, float]] = []
    best: dict[FingerPosition, int] = {}
    for number, (found, positions) in enumerate(zip(ratios, places, strict=True)):
        known = [found[person, position] for position in positions if (person, position) in found]
        if not known:
            continue
        part = (number, float(np.logaddexp.reduce(known) - np.log(len(known))))
        place = best.setdefault(positions[0], len(parts)) if len(positions) == 1 else len(parts)
        if place == len(parts):
            parts.append(part)
        elif part[1] > parts[place][1]:
            parts[place] = part
    return FingerEvidence(sum(ratio for _, ratio in parts), tuple(parts))


def _either(said: FingerEvidence, mirrored: FingerEvidence) -> FingerEvidence:
    """Both readings, weighed by how common they are."""
    one = said.ratio + np.log1p(-SWAPPED_PRIOR)
    other = mirrored.ratio + np.log(SWAPPED_PRIOR)
    swapped = bool(other > one)
    return FingerEvidence(float(np.logaddexp(one, other)), (mirrored if swapped else said).parts, swapped)
