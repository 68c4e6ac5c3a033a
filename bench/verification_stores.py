"""The whole way of a comparison at a counter, stores included: `python -m bench.verification --stores`.

Each caller is a process as a web worker is one, with the engine in a child of its own: the number is looked up, a try
reserved, the sealed templates fetched and opened, compared, a line and audit rows written, and two commits made (the
question, and the capture). No page and no network are between. The stores write to disk as `make run` has them.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections import Counter

import numpy as np

from bench.enrolment import Talker
from bench.enrolment_place import Place, stores_alone

__all__ = ["stores"]

COUNTER = ("-m", "bench.verification_counter")
CALLERS = (1, 2, 4)
# More than anybody shows in one measurement; no probe may come twice.
_PROBES = 5000


def stores(people: int, seconds: int) -> None:
    """Measure with templates given and from pictures, at one, two and four callers; print a line each."""
    with stores_alone() as place:
        enrolling = Talker(place.start(*COUNTER, "prepare", str(people), stdout=subprocess.PIPE))
        while enrolling.next():
            pass
        _say(f"{'one finger, two enrolled':28} {'callers':>7} {'a second':>8} {'p50 ms':>7} {'p95 ms':>7}  CPU ms each")
        for turn, (kind, callers) in enumerate(itertools.product(("extracted", "pictures"), CALLERS)):
            first = turn * _PROBES
            _say(_measured(place, (kind, callers, seconds, first), enrolling.heard))


def _measured(place: Place, asked: tuple[str, int, int, int], people: list[dict[str, object]]) -> str:
    kind, callers, seconds, first = asked
    words = [(kind, str(seconds), str(turn), str(callers), str(first)) for turn in range(callers)]
    talkers = [_caller(place, command, people) for command in words]
    for talker in talkers:
        talker.next()
    before, start = place.cpu(), time.monotonic()
    for talker in talkers:
        talker.tell("go")
    for talker in talkers:
        while "over" not in (talker.next() or {"over": True}):
            pass
    wall, after = time.monotonic() - start, place.cpu()
    for talker in talkers:
        talker.tell("end")
        talker.process.wait()
    heard = [one for talker in talkers for one in talker.heard if "seconds" in one]
    p50, p95 = np.percentile([1000 * float(str(one["seconds"])) for one in heard], (50, 95))
    spent = {name: (total - before.get(name, 0.0)) / len(heard) for name, total in after.items()}
    shares = " ".join(f"{name} {ms:.0f}" for name, ms in sorted(spent.items()) if ms >= 0.5)
    others = {name: count for name, count in Counter(one["outcome"] for one in heard).items() if name != "match"}
    wrong = f"; not matched: {others}" if others else ""
    return f"{kind:28} {callers:7} {len(heard) / wall:8.1f} {p50:7.0f} {p95:7.0f}  {shares}{wrong}"


def _caller(place: Place, words: tuple[str, ...], people: list[dict[str, object]]) -> Talker:
    """Everybody is asked at one counter alone: nobody stands at two at once."""
    talker = Talker(place.start(*COUNTER, "compare", *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    talker.tell(json.dumps(people))
    return talker


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
