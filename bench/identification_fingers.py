"""The finger part of the identification bench: shortlist rate, mates lost, what a search costs in all."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.identification_faces import cpu
from biometrics.errors import Refused
from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.shortlist import SHORT_BYTES, ShortForm, ShortGallery
from biometrics.identification.finger_search import Fingers, compare_people, shortlist
from biometrics.identification.fingers import FingerGallery, FingerKey, FingerProbe
from biometrics.sample import FingerPosition
from biometrics.synthetic.collection import templates

SEED = 4
THUMB = FingerPosition.RIGHT_THUMB
SHARES = (0.1, 0.05, 0.01, 0.001)
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class FingerFigures:
    fingers: int
    probes: int
    rate: float
    lost: dict[float, float]
    shortlist_ms: float
    kept: float
    fetch_ms: float
    match_ms: float
    search_ms: float
    found: float
    resident_bytes: int


def impression(finger: int, number: int) -> PreparedFinger | None:
    """The first impression of a finger is enrolled, the second searched for; None where it cannot be prepared."""
    (template,) = templates(SEED, finger, range(number, number + 1))
    prepared = prepare(template)
    return None if isinstance(prepared, Refused) else prepared


def forms(count: int, folder: Path) -> Iterator[tuple[int, ShortForm]]:
    """Short forms of the enrolled impressions; kept in `folder`, since making them costs some 3 ms CPU each."""
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        path = folder / f"forms-{SEED}-{start}-{stop}.npz"
        if not fresh(path):
            keep(path, start, stop)
        with np.load(path) as kept:
            rows = zip(kept["numbers"], kept["counts"], kept["vectors"], kept["places"], strict=True)
            yield from ((int(n), ShortForm(int(c), v, p)) for n, c, v, p in rows)


def fresh(path: Path) -> bool:
    """Whether kept forms are those that engine and generator make now: the last finger tells."""
    if not path.exists():
        return False
    with np.load(path) as kept:
        again = impression(int(kept["numbers"][-1]), 0)
        return again is not None and np.array_equal(again.short.vectors, kept["vectors"][-1])


def keep(path: Path, start: int, stop: int) -> None:
    made = [(number, impression(number, 0)) for number in range(start, stop)]
    there = [(number, finger.short) for number, finger in made if finger is not None]
    np.savez(
        path,
        numbers=[number for number, _ in there],
        counts=[form.count for _, form in there],
        vectors=[form.vectors for _, form in there],
        places=[form.places for _, form in there],
    )


def match(probe: PreparedFinger, some: Sequence[PreparedFinger]) -> NDArray[np.float32]:
    return compare_many(probe, some, Mode.FULL)


class Store:
    """Stands in for the sealed store: makes the templates that the shortlist names, and counts what that costs."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def fetch(self, keys: Sequence[FingerKey]) -> list[PreparedFinger]:
        start = time.process_time()
        found = [impression(key.person, 0) for key in keys]
        self.seconds += time.process_time() - start
        return [finger for finger in found if finger is not None]


def measure_fingers(sizes: Sequence[int], folder: Path, *, probes: int, searches: int) -> Iterator[FingerFigures]:
    """Figures at each size, one gallery growing."""
    cv2.setNumThreads(1)
    gallery: FingerGallery[ShortForm] = FingerGallery(ShortGallery)
    enrolled = forms(max(sizes), folder)
    asked: list[tuple[int, PreparedFinger]] = []
    generator = np.random.default_rng(SEED)
    for size in sorted(sizes):
        for finger, form in enrolled:
            gallery.add(FingerKey(finger, THUMB), form)
            if finger + 1 >= size:
                break
        if not asked:
            tried = ((int(i), impression(int(i), 1)) for i in generator.choice(size, min(probes, size), replace=False))
            asked = [(i, finger) for i, finger in tried if finger is not None]
        yield _figures(gallery, asked, searches)


def _figures(
    gallery: FingerGallery[ShortForm], asked: list[tuple[int, PreparedFinger]], searches: int
) -> FingerFigures:
    people = gallery.people[gallery.rows(THUMB)]
    places = []
    for person, finger in asked:
        scores = gallery.scores(THUMB, finger.short)
        mate = scores[people == person]
        # Equals stand before the mate: the worst case.
        places.append(int((scores >= mate.max()).sum()) if len(mate) else len(scores) + 1)
    rate = len(people) / cpu(lambda: gallery.scores(THUMB, asked[0][1].short), 5) * 1e3
    store = Store()
    fingers = Fingers(gallery, match, store.fetch, lambda scores: scores)
    listing, comparing, kept, found = [], [], [], 0
    for person, finger in asked[:searches]:
        question = [FingerProbe(THUMB, finger, finger.short)]
        start = time.process_time()
        named = shortlist(gallery, question)
        between = time.process_time()
        evidence = compare_people(fingers, question, named)
        comparing.append(time.process_time() - between)
        listing.append(between - start)
        kept.append(len(named))
        found += max(evidence, key=lambda someone: (evidence[someone].ratio, -someone)) == person
    fetching = store.seconds / searches
    matching = float(np.mean(comparing)) - fetching
    return FingerFigures(
        fingers=len(people),
        probes=len(asked),
        rate=rate,
        lost={share: float(np.mean(np.array(places) > np.ceil(share * len(people)))) for share in SHARES},
        shortlist_ms=float(np.median(listing)) * 1e3,
        kept=float(np.mean(kept)),
        fetch_ms=fetching * 1e3,
        match_ms=matching * 1e3,
        search_ms=(float(np.median(listing)) + matching) * 1e3,
        found=found / searches,
        resident_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


BYTES_PER_FINGER = SHORT_BYTES
