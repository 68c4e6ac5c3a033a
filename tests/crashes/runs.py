"""A run of blows at one place: an applicant for each, and what was broken."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.crashes.applicants import Applicant
from tests.crashes.judge import faults_of, faults_of_stores, strays
from tests.crashes.place import Place
from tests.crashes.points import chosen
from tests.crashes.striking import Asker, Blow, HandError, RefusedError

__all__ = ["Crash", "Run"]

# Every so many applicants somebody comes again, under another name.
_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Crash:
    """A blow, where it struck (nothing where the moment did not come), and the promises that were broken."""

    blow: Blow
    struck: str
    faults: tuple[str, ...]


@dataclass
class Run:
    """Blows at one place, one after the other."""

    place: Place
    seed: int
    crashes: list[Crash] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._asker = Asker(self.place, random.Random(self.seed))  # noqa: S311 - when to strike, no secret
        self._staff: dict[str, str] = self._asker.ask("settle_in", {"do": "settle_in"})
        self._before = strays(self.place)
        self._applicants: list[Applicant] = []

    def rehearse(self, *, again: bool) -> None:
        """Somebody comes undisturbed, and with `again` comes again: learns the moments."""
        self._applicant(None, None)
        if again:
            self._applicant(None, self._applicants[0])
            self._applicant(None, None)
        self.faults += [f"undisturbed: {fault}" for fault in self.judge()]

    def strike(self, blows: Sequence[Blow]) -> Iterator[Crash]:
        """Each blow upon an applicant of its own, judged at once."""
        for number, blow in enumerate(blows, 1):
            crash = self._crash(blow, self._first_unmatched() if number % _AGAIN == 0 else None)
            if not crash.struck and not crash.faults:
                # Whoever comes again passes other moments, and no two applications pass them equally often.
                crash = self._crash(replace(blow, number=0), None)
            self.crashes.append(crash)
            yield crash

    def blows(self, count: int) -> list[Blow]:
        """Chosen from the moments of the rehearsal."""
        return chosen(self._asker.passed, count, self.seed)

    def judge(self) -> list[str]:
        """What is broken of any applicant by now."""
        return [fault for one in self._applicants for fault in faults_of(self.place, self._asker, one)]

    def end(self) -> None:
        """Judge everybody once more, and the stores as a whole: an hour passes."""
        self.faults += faults_of_stores(self.place, self._asker, self._before)
        self.faults += self.judge()

    def stop(self) -> None:
        """End the process."""
        self._asker.stop()

    def _crash(self, blow: Blow, twin: Applicant | None) -> Crash:
        self._asker.struck = ""
        try:
            faults = tuple(faults_of(self.place, self._asker, self._applicant(blow, twin)))
        except RefusedError as error:
            faults = (str(error),)
        except HandError as error:
            faults = (str(error),)
            self._asker.begin_anew()
        return Crash(blow, self._asker.struck, faults)

    def _applicant(self, blow: Blow | None, twin: Applicant | None) -> Applicant:
        made = Applicant(self._asker, self._staff, 1 + len(self._applicants), blow, twin)
        made.walk()
        self._applicants.append(made)
        return made

    def _first_unmatched(self) -> Applicant:
        """Somebody who has not come again yet, so that the search names one alone."""
        matched = {applicant.twin_of.body for applicant in self._applicants if applicant.twin_of is not None}
        return next(one for one in self._applicants if not one.duplicate and one.body not in matched)
