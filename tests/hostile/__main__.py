"""Reads generated truncated, bit-flipped, hostile and nonsense images and records, and prints what came of them.

Exit status 1 when a promise did not hold: a sample that is none, more than 512 MB or 5 s (and the time to start a fresh
child) for any, or an exception.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

from biometrics.decoding.limits import Limits
from biometrics.decoding.reader import SampleReader
from biometrics.evaluation.arguments import positive, whole
from tests.hostile.campaign import Outcome, case, run

__all__ = ["main"]

# Starting a warm process before a sample and ending it after one that is late, on a busy machine.
_GRACE = 3.0


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--images", type=positive, default=10_000)
    parser.add_argument("--seed", type=whole, default=1)
    parser.add_argument("--first", type=whole, default=0, help="number of the first image, to make one again")
    parser.add_argument("--keep", type=Path, help="write the images to this folder instead of reading them")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.images)
    if options.keep:
        for number in numbers:
            (options.keep / f"{number}.bin").write_bytes(case(options.seed, number).data)
        return 0
    limits = Limits()
    began = time.monotonic()
    with SampleReader(limits) as reader:
        outcome = run(reader, options.seed, numbers)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    for line in _lines(outcome, options.seed, child, time.monotonic() - began):
        print(line)
    slow = outcome.slowest[0][0] if outcome.slowest else 0.0
    kept = not outcome.wrong and child <= limits.memory_bytes and slow <= limits.seconds + _GRACE
    return 0 if kept else 1


def _lines(outcome: Outcome, seed: int, child: int, took: float) -> list[str]:
    """The figures."""
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    lines = [f"{outcome.cases} images in {took:.0f} s, seed {seed}"]
    lines += [f"  {count:>6}  {reason}" for reason, count in outcome.reasons.most_common()]
    lines += [f"children that crashed: {outcome.crashes}", f"samples that are none: {len(outcome.wrong)}"]
    lines += [f"  {wrong}" for wrong in outcome.wrong[:20]]
    lines += [f"peak memory: child {child / 2**20:.0f} MB, this process {parent / 2**20:.0f} MB", "slowest:"]
    lines += [f"  {seconds:.2f} s  image {number}: {name}" for seconds, number, name in outcome.slowest]
    if outcome.losses:
        lines.append("lost children:")
    lines += [
        f"  image {number}: {name}: {found.reason}: {found.detail}" for number, name, found in outcome.losses[:40]
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
