"""`python -m tests.hostile_records [--records 100000] [--seed 1]`: read so many broken records and print figures."""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
import tracemalloc
from collections import Counter

import numpy as np

from biometrics.evaluation.arguments import positive, whole
from tests.hostile_records.judge import judge
from tests.hostile_records.mutation import mutated
from tests.hostile_records.seeds import all_seeds


def main() -> int:
    """Run; 1 if the codec failed anywhere."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile_records")
    parser.add_argument("--records", type=positive, default=100_000)
    parser.add_argument("--seed", type=whole, default=1)
    arguments = parser.parse_args()
    generator = np.random.default_rng(arguments.seed)
    seeds = all_seeds(generator)
    outcomes: Counter[str] = Counter()
    failures, slowest, peak = 0, 0.0, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for index in range(arguments.records):
        data = mutated(seeds, generator)
        # Tracing every allocation is slow: one in fifty stands for the rest.
        traced = index % 50 == 0
        if traced:
            tracemalloc.start()
        start = time.thread_time()
        try:
            outcomes[judge(data)] += 1
        except Exception:  # noqa: BLE001 - whatever escapes is what we look for
            failures += 1
            print(f"record {index}: {data[:200].hex()}")
            traceback.print_exc()
        if traced:
            peak = max(peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        else:
            slowest = max(slowest, time.thread_time() - start)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"records {arguments.records}, crashes and broken promises {failures}")
    for outcome, count in outcomes.most_common():
        print(f"  {count:>8} {outcome}")
    print(f"slowest record (read, rewritten, converted): {slowest * 1000:.1f} ms CPU")
    print(
        f"peak memory of one record (one in fifty measured): {peak / 1e6:.2f} MB; process grew by {grown / 1024:.1f} MB"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
