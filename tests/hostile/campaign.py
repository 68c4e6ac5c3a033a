"""Runs hostile samples against a reader, and keeps what came of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from biometrics.decoding.limits import RawShape
from biometrics.decoding.reader import SampleReader
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample
from tests.hostile.crafted import CRAFTED
from tests.hostile.mutations import MUTATIONS
from tests.hostile.seeds import seeds

__all__ = ["Case", "Outcome", "case", "run"]

# Of a hundred cases so many are crafted, and so many raw images with a hint; the rest are spoilt sound ones.
_CRAFTED, _RAW = 25, 3


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile sample. `number` and the seed of the campaign make it again."""

    number: int
    name: str
    data: bytes
    hint: RawShape | None = None


@dataclass(slots=True)
class Outcome:
    """What came of a campaign."""

    cases: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    losses: list[tuple[int, str, Refused]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)

    @property
    def crashes(self) -> int:
        """Children that died."""
        return self.reasons[Reason.SAMPLE_CRASHED]


def case(seed: int, number: int) -> Case:
    """The case of this number."""
    rng = np.random.default_rng((seed, number))
    dice = int(rng.integers(0, 100))
    if dice < _CRAFTED:
        kind = sorted(CRAFTED)[int(rng.integers(0, len(CRAFTED)))]
        return Case(number, kind, CRAFTED[kind](rng))
    if dice < _CRAFTED + _RAW:
        width, height = (int(rng.choice((0, 1, 100, 65_535, -1, 1 << 40))) for _ in range(2))
        ppi = (None, 500.0, 0.0, -1.0, float("inf"), float("nan"))[int(rng.integers(0, 6))]
        return Case(number, "raw", bytes(int(rng.choice((1, 100, 10_000)))), RawShape(width, height, ppi))
    seed_name = sorted(seeds())[int(rng.integers(0, len(seeds())))]
    data, names = seeds()[seed_name], [seed_name]
    for _ in range(int(rng.choice((1, 1, 1, 2, 3)))):
        mutation = sorted(MUTATIONS)[int(rng.integers(0, len(MUTATIONS)))]
        names.append(mutation)
        if len(data) > 8:
            data = MUTATIONS[mutation](rng, data)
    return Case(number, " ".join(names), data)


def run(reader: SampleReader, seed: int, cases: range) -> Outcome:
    """Reads each case once."""
    outcome = Outcome()
    for number in cases:
        one = case(seed, number)
        began = time.monotonic()
        found = reader.read(one.data, one.hint)
        took = time.monotonic() - began
        outcome.cases += 1
        outcome.slowest = sorted([*outcome.slowest, (took, number, one.name)], reverse=True)[:5]
        if isinstance(found, Refused):
            outcome.reasons[found.reason] += 1
            if found.reason in (Reason.SAMPLE_CRASHED, Reason.SAMPLE_TIME, Reason.SAMPLE_MEMORY):
                outcome.losses.append((number, one.name, found))
        else:
            outcome.reasons["(a valid sample)"] += 1
            outcome.wrong += [f"case {number} ({one.name}): {problem}" for problem in _problems(found)]
    return outcome


def _problems(sample: Sample) -> list[str]:
    """Why a sample is none."""
    pixels = sample.pixels
    checks = {
        "type": pixels.dtype == np.uint8,
        "shape": pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3),
        "size": 0 < pixels.shape[0] * pixels.shape[1] <= 1 << 24,
        "ppi": sample.ppi is None or 150 <= sample.ppi <= 2000,
    }
    return [name for name, holds in checks.items() if not holds]
