"""What the search for duplicates of one application costs and finds: bodies made up, an index on this disk, one core.

`python -m bench.deduplication` prints CPU times, since other programs may run beside. Templates are made anew each time
that they are fetched; what that costs is left out, as is their store. Half of the searches are of people who are there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import numpy as np

from biometrics.errors import Refused
from biometrics.evaluation.arguments import positive
from biometrics.face import codec as face_codec
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.parameters import DIMENSIONS
from biometrics.face.template import FaceTemplate
from biometrics.fingerprint import template_codec
from biometrics.synthetic.collection import templates
from enrollment.capture import FINGERS, Position
from enrollment.errors import Refusal
from enrollment.gallery import EpochKey, Found, Place, Subject, Template, Terms
from enrollment.gallery.local import LocalGallery
from idp.clock import SystemClock
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys, Sealer

SEED = 26
PLACES = (Position.FACE, *(finger for finger in FINGERS if finger.strong))
# How far two images of one face are apart: cosines of about 0.7, as of photographs of one day.
_SPREAD = 0.65
_BATCH = 50


@dataclass
class Store:
    """Where templates come from; `seconds` is the CPU time that making them took, `fetched` how many those were."""

    seconds: float = 0.0
    fetched: int = 0

    def fetch(self, places: Sequence[Place]) -> Mapping[Place, bytes | None]:
        """Fulfils `Fetch`."""
        start = time.process_time()
        found = {place: content(place.subject_id.int, place.position, 0) for place in places}
        self.seconds += time.process_time() - start
        self.fetched += len(places)
        return found


@dataclass
class Figures:
    """CPU milliseconds of each search, without making templates, and what the searches found."""

    mated: list[float] = field(default_factory=list)
    strange: list[float] = field(default_factory=list)
    first: int = 0
    named: int = 0


def main() -> int:
    """Run the bench and print its lines."""
    parser = argparse.ArgumentParser(prog="python -m bench.deduplication", description=__doc__)
    parser.add_argument("--people", type=positive, default=300, help="in the gallery, a face and four fingers each")
    parser.add_argument("--searches", type=positive, default=40)
    options = parser.parse_args()
    on_one_core()
    clock = SystemClock()
    keys = PurposeKeys({(Purpose.TEMPLATE, 1): os.urandom(32)})
    means = (EpochKey(1, os.urandom(32)), Sealer(keys, os.urandom), Entropy(clock))
    with tempfile.TemporaryDirectory() as folder:
        with closing(LocalGallery(Path(folder), *means)) as gallery:
            seconds = fill(gallery, options.people)
            log = (Path(folder) / "fingers.log").stat().st_size
            say(
                f"{options.people} people put in: {1000 * seconds / options.people:.1f} ms each, log {log / 1e6:.1f} MB"
            )
            figures, store = search(gallery, options.people, options.searches)
        start = time.process_time()
        with closing(LocalGallery(Path(folder), *means)) as gallery:
            say(f"opened again: {1000 * (time.process_time() - start):.0f} ms, {len(gallery)} people")
    report(figures, store)
    return 0


def on_one_core() -> None:
    """Start anew with numpy's threads off: it reads this when it is imported."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if not single.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, "-m", "bench.deduplication", *sys.argv[1:]], os.environ | single)  # noqa: S606  # itself


def content(body: int, position: Position, impression: int) -> bytes:
    """The template of one position of that body, which nobody has."""
    made: bytes | Refused
    if position is Position.FACE:
        one, shift = (
            np.random.default_rng(seed).standard_normal(DIMENSIONS)
            for seed in ([SEED, body], [SEED, body, impression + 1])
        )
        vector = one / np.linalg.norm(one) + _SPREAD * shift / np.linalg.norm(shift)
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        made = face_codec.encode(FaceTemplate(FACE_ENGINE, unit[np.newaxis]))
    else:
        [template] = templates(SEED, 100 * body + position.number, range(impression, impression + 1))
        made = template_codec.encode(template)
    if isinstance(made, Refused):
        raise TypeError(made.detail)
    return made


def body_of(body: int, impression: int) -> tuple[Template, ...]:
    """Everything that is captured of a body."""
    return tuple(Template(position, 1, content(body, position, impression), 70) for position in PLACES)


def fill(gallery: LocalGallery, people: int) -> float:
    """Put everybody in; CPU seconds without making the templates."""
    seconds = 0.0
    for first in range(1, people + 1, _BATCH):
        some = [Subject(UUID(int=body), body_of(body, 0)) for body in range(first, min(first + _BATCH, people + 1))]
        start = time.process_time()
        gallery.put(some, first)
        seconds += time.process_time() - start
    return seconds


def search(gallery: LocalGallery, people: int, searches: int) -> tuple[Figures, Store]:
    """Search for people who are there and for strangers, in turn."""
    figures, store = Figures(), Store()
    for number in range(searches):
        there = number % 2 == 0
        body = 1 + number * 37 % people if there else people + number
        probe = body_of(body, 1)
        before, start = store.seconds, time.process_time()
        found = gallery.search(probe, store.fetch, Terms())
        spent = 1000 * (time.process_time() - start - (store.seconds - before))
        note(figures, body, found, spent, there=there)
    return figures, store


def note(figures: Figures, body: int, found: Found | Refusal, spent: float, *, there: bool) -> None:
    """Count one search."""
    hits = [] if isinstance(found, Refusal) else [hit.subject_id.int for hit in found.hits]
    if there:
        figures.mated.append(spent)
        figures.first += hits[:1] == [body]
    else:
        figures.strange.append(spent)
        figures.named += bool(hits)


def report(figures: Figures, store: Store) -> None:
    """The lines about the searches."""
    for what, times in (("of people who are there", figures.mated), ("of strangers", figures.strange)):
        if times:
            say(f"{len(times)} searches {what}: median {np.median(times):.0f} ms, longest {max(times):.0f} ms")
    searches = len(figures.mated) + len(figures.strange)
    say(f"found first: {figures.first} of {len(figures.mated)}; strangers for whom somebody was named: {figures.named}")
    say(f"templates fetched: {store.fetched / max(searches, 1):.0f} a search")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
