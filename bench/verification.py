"""What comparing one person with one person costs: rates and times through the process that looks at pictures.

`python -m bench.verification`. Fingers of nobody, two enrolled impressions each. Stores are left out, but with
`--stores`, which measures the whole way (`verification_stores`). Wall time is what somebody at a counter waits for; CPU
time is that of the engine in this process, since other programs may run beside.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.evaluation.arguments import positive
from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import ChildExaminer, Position
from enrollment.capture.engine import Engine
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.errors import Refusal

SEED = 7
TERMS = Terms(1e-4)
POSITIONS = (Position.RIGHT_INDEX, Position.LEFT_THUMB)


@dataclass(frozen=True, slots=True)
class Body:
    """Enrolled templates of somebody, and probes as pictures and as templates, by position."""

    enrolled: tuple[Reference, ...]
    pictures: tuple[Probe, ...]
    extracted: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class Examiners:
    """The engine in a process of its own, and in this one."""

    child: ChildExaminer
    here: Engine


def bodies(examiner: ChildExaminer, count: int) -> list[Body]:
    """As many people as asked for, each with two fingers, two impressions enrolled and one shown."""
    made = []
    for number in range(count):
        enrolled, pictures, extracted = [], [], []
        for place, position in enumerate(POSITIONS):
            finger = 2 * number + place
            first, second, third = (encode_png(image) for image in images(master(SEED, finger), SEED, finger, range(3)))
            enrolled += [Reference(position, template(examiner, position, image)) for image in (first, second)]
            pictures.append(Probe(position, third))
            extracted.append(Probe(position, template(examiner, position, third), extracted=True))
        made.append(Body(tuple(enrolled), tuple(pictures), tuple(extracted)))
    return made


def template(examiner: ChildExaminer, position: Position, image: bytes) -> bytes:
    """What the image becomes."""
    made = examiner.templates(position, image, 60)
    if isinstance(made, Refusal):
        message = f"a picture of nobody's finger was refused: {made}"
        raise TypeError(message)
    return made[0].content


def timed(label: str, asked: Sequence[tuple[tuple[Probe, ...], tuple[Reference, ...]]], by: Examiners) -> str:
    """Ask all of it, and say rate, median and p95, CPU time, and how many matched."""
    waits, matched = [], 0
    for probes, references in asked:
        begun = time.perf_counter()
        outcome = by.child.compare(probes, references, TERMS)
        waits.append(time.perf_counter() - begun)
        matched += isinstance(outcome, Compared) and outcome.matched
    begun = time.process_time()
    for probes, references in asked:
        by.here.compare(probes, references, TERMS)
    cpu = (time.process_time() - begun) / len(asked)
    waits.sort()
    p50, p95 = waits[len(waits) // 2], waits[min(len(waits) - 1, int(len(waits) * 0.95))]
    rate = f"{len(waits) / sum(waits):8.1f} {1000 * p50:8.0f} {1000 * p95:8.0f}"
    return f"{label:34} {rate} {1000 * cpu:8.1f} {matched:6}/{len(asked)}\n"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.verification", description=__doc__)
    parser.add_argument("--people", type=positive, default=8)
    parser.add_argument("--times", type=positive, default=100)
    parser.add_argument("--stores", action="store_true", help="the whole way at a counter, by 1, 2 and 4 callers")
    parser.add_argument("--seconds", type=positive, default=10, help="of each measurement with stores")
    options = parser.parse_args()
    if options.stores:
        from bench.verification_stores import stores  # noqa: PLC0415 - it brings the whole product along

        stores(options.people, options.seconds)
        return 0
    by, say = Examiners(ChildExaminer(), Engine()), sys.stdout.write
    try:
        people = bodies(by.child, options.people)
        say(f"{'one process':34} {'a second':>8} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8}  matched\n")
        turns = [(people[n % len(people)], people[(n + 1) % len(people)]) for n in range(options.times)]
        say(timed("one finger, extracted", [(one.extracted[:1], one.enrolled[:2]) for one, _ in turns], by))
        say(timed("one finger, from its picture", [(one.pictures[:1], one.enrolled[:2]) for one, _ in turns], by))
        say(timed("a stranger's finger, extracted", [(two.extracted[:1], one.enrolled[:2]) for one, two in turns], by))
        say(timed("two fingers, extracted", [(one.extracted, one.enrolled) for one, _ in turns], by))
        say(timed("two fingers, from their pictures", [(one.pictures, one.enrolled) for one, _ in turns], by))
    finally:
        by.child.close()
        by.here.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
