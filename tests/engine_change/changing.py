"""A whole engine change over committed transactions, while people go on being compared at two counters."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.engines import Modality, Report, Round
from enrollment.errors import Refusal
from enrollment.verification import Outcome, Said
from tests.factories.engines import Workshop

__all__ = ["Figures", "Ground", "changed"]

COUNTERS = 2
_PATIENCE = 600.0
_BATCH = 50


class Prints(Protocol):
    """Pictures of fingers: of each person's, for enrolment and afterwards."""

    def enrolled(self, person: int) -> bytes:
        """The picture that is enrolled."""
        ...

    def shown(self, person: int, shot: int) -> bytes:
        """Another of the same finger."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it happens: the database, stores and keys, the engine that counts and its name, and the pictures."""

    engine: Engine
    cellar: Any
    first: Any
    present: str
    second: str
    prints: Prints

    @contextmanager
    def workshop(self) -> Iterator[Workshop]:
        """All rooms in a transaction that is committed."""
        with Session(self.engine) as session:
            yield Workshop(session, self.cellar, self.first, self.present, self.second)
            session.commit()


@dataclass
class Figures:
    """What came of comparisons, by phase of the change and by what they should have come to."""

    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)
    phase: str = "before"
    over: bool = False
    trouble: list[str] = field(default_factory=list)
    say: Callable[[str], object] = lambda _: None

    def tell(self, phase: str, word: str) -> None:
        """One more."""
        with self.changed:
            self.told[phase, word] += 1
            self.changed.notify_all()

    def enter(self, phase: str, least: int) -> None:
        """Let a phase begin, and wait until so many comparisons began and ended in it."""
        self.say(f"phase: {phase}")
        with self.changed:
            self.phase = phase
            done = self.changed.wait_for(lambda: self.over or self.count(phase) >= least, _PATIENCE)
        assert done, f"too few comparisons in phase {phase}"
        assert not self.trouble, self.trouble

    def count(self, phase: str) -> int:
        """How many there were in it."""
        return sum(count for (named, _), count in self.told.items() if named == phase)


def changed(
    ground: Ground, people: int, shown: int, least: int, say: Callable[[str], object] = lambda _: None
) -> dict[str, Any]:
    """Enrol so many people, change the engine, back out, change again, retire the first; what was measured.

    `shown` of them come to the counters, again and again; each phase lasts for at least `least` comparisons, and is
    announced by `say`.
    """
    say(f"enrolling {people} people")
    started = time.perf_counter()
    enrolled = [_enrolled(ground, person) for person in range(people)]
    answer: dict[str, Any] = {"people": people, "enrolling_s": _since(started)}
    figures = Figures(say=say)
    counters = [
        threading.Thread(target=_counter, args=(ground, enrolled[:shown], figures, number))
        for number in range(COUNTERS)
    ]
    for counter in counters:
        counter.start()
    try:
        figures.enter("before", least)
        answer |= _phases(ground, figures, least)
    finally:
        figures.over = True
        for counter in counters:
            counter.join()
    assert not figures.trouble, figures.trouble
    return answer | {"verifications": _by_phase(figures), "refused": _of(figures, "refused")}


def _phases(ground: Ground, figures: Figures, least: int) -> dict[str, Any]:
    with ground.workshop() as room:
        _done(room.engines.add(ground.second, Modality.FINGER, present=ground.present))
    figures.phase = "extracting"
    started = time.perf_counter()
    samples = _extracted(ground, stop_after=1) + _extracted(ground)
    figures.enter("extracting", least)
    seconds = _since(started)
    with ground.workshop() as room:
        _done(room.engines.shadow(ground.second))
    figures.enter("shadow", least)
    with ground.workshop() as room:
        report = room.reports.of(ground.second)
        assert isinstance(report, Report)
        told = {**asdict(report), "share": report.coverage.share, "agreement": report.agreement}
    for phase, step in _STEPS:
        with ground.workshop() as room:
            _done(step(room))
        figures.enter(phase, least)
    removed = 0
    while True:
        with ground.workshop() as room:
            gone = room.retiring.round(_BATCH)
        removed += gone
        if not gone:
            break
    figures.enter("removed", least)
    return {"extracted": samples, "extracting_s": seconds, "report": told, "templates_removed": removed}


_STEPS: tuple[tuple[str, Callable[[Workshop], object]], ...] = (
    ("active", lambda room: room.engines.activate(room.name)),
    ("backed out", lambda room: room.engines.back_out(Modality.FINGER)),
    ("active again", lambda room: room.engines.back_out(Modality.FINGER)),
    ("retired", lambda room: room.engines.retire(room.present)),
)


def _enrolled(ground: Ground, person: int) -> UUID:
    with ground.workshop() as room:
        picture = ground.prints.enrolled(person)
        made = ground.first.templates(Position.RIGHT_INDEX, picture, 80)
        assert not isinstance(made, Refusal), made
        person_id = room.office.person(given_names="Testa")
        room.enroller.enrol(person_id, {Position.RIGHT_INDEX: [(picture, made[0].content)]})
        return person_id


def _extracted(ground: Ground, stop_after: int = 0) -> int:
    """Everything, or so many rounds and then no more, as a worker that dies; how many samples."""
    made, after, rounds = 0, None, 0
    while True:
        with ground.workshop() as room:
            done = room.work.round(ground.second, _BATCH, after)
        assert isinstance(done, Round), done
        made, after, rounds = made + done.made, done.last, rounds + 1
        if after is None or rounds == stop_after:
            return made


def _counter(ground: Ground, people: list[UUID], figures: Figures, number: int) -> None:
    """Compare people one after another: every second is somebody else than they say."""
    shot = number
    try:
        while not figures.over:
            shot += COUNTERS
            person, honest = (shot // 2) % len(people), shot % 4 < COUNTERS
            phase = figures.phase
            picture = ground.prints.shown(person if honest else (person + 1) % len(people), shot)
            with ground.workshop() as room:
                said = room.compare(people[person], picture)
            figures.tell(phase, _word(said, honest=honest))
    except BaseException as error:
        figures.trouble.append(repr(error))
        figures.over = True
        with figures.changed:
            figures.changed.notify_all()
        raise


def _word(said: Said | Refusal, *, honest: bool) -> str:
    if isinstance(said, Refusal):
        return "refused"
    if said.outcome is Outcome.AGAIN:
        return "again"
    right = (said.outcome is Outcome.MATCH) is honest
    return "right" if right else ("missed" if honest else "FALSE MATCH")


def _done(outcome: object) -> None:
    assert not isinstance(outcome, Refusal), outcome


def _of(figures: Figures, word: str) -> int:
    return sum(count for (_, named), count in figures.told.items() if named == word)


def _by_phase(figures: Figures) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (phase, word), count in figures.told.items():
        found.setdefault(phase, {})[word] = count
    return found


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 1)
