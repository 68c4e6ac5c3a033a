"""Which moments are struck: chosen by a seed from those that a run without any blow went through."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from tests.crashes.striking import VICTIMS, Blow

__all__ = ["PHASES", "chosen", "phase_of"]

PHASES = ("capture", "sealing", "deduplication", "issuance")
_STEPS = {
    "begin": "capture", "agree": "capture", "fill_in": "capture", "take_page": "capture", "take_worse": "capture",
    "take": "capture", "confirm": "sealing", "sign": "sealing", "take_up": "sealing", "approve": "sealing",
}  # fmt: skip
_JOBS = {
    "capture.compare": "capture", "capture.extract": "sealing", "objects.sweep": "sealing",
    "enrolment.intake": "deduplication", "deduplication.search": "deduplication",
    "enrolment.issue": "issuance", "enrolment.tell": "issuance",
}  # fmt: skip


def phase_of(step: str, moment: str) -> str | None:
    """The phase to which a moment belongs: by its step, or by the job that a worker does; None for what is no part."""
    job, named, _ = moment.partition(": ")
    return _JOBS.get(job) if named else _STEPS.get(step)


def chosen(passed: Mapping[str, Sequence[str]], count: int, seed: int) -> list[Blow]:
    """`count` blows: phases and victims in turn, moments by the dice, each kind alike."""
    dice = random.Random(seed)  # noqa: S311 - when to strike, no secret
    moments: dict[str, dict[tuple[str, str], int]] = {phase: {} for phase in PHASES}
    for step, names in passed.items():
        for name in names:
            phase = phase_of(step, name)
            if phase is not None:
                moments[phase][step, name] = moments[phase].get((step, name), 0) + 1
    there = [phase for phase in PHASES if moments[phase]]
    blows = []
    for turn in range(count):
        kinds = moments[there[turn % len(there)]]
        step, name = dice.choice(sorted(kinds))
        number = dice.randrange(kinds[step, name])
        victim = VICTIMS[(turn + turn // len(there)) % len(VICTIMS)]
        lasting = victim != "worker" and dice.random() < 0.5
        blows.append(Blow(step, name, number, victim, racing=dice.random() < 0.4, lasting=lasting))
    return blows
