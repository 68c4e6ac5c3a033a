"""A counter of the registration centre as a process: takes packets in, as pages do, or people with real images.

Run by `bench.enrolment`. Prints a JSON document a line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import FINGERS, ChildExaminer, Position
from enrollment.capture.desk import CaptureDesk
from enrollment.capture.documents import DocumentType
from enrollment.capture.findings import Examiner, Finger, Mixup, Page, Seen
from enrollment.capture.policy import CapturePolicy
from enrollment.cases import How, Kind, Moved, Order, Purpose, Section, Tick
from enrollment.centres import OPERATOR, Actor, Role
from enrollment.centres.division_files import SHIPPED
from enrollment.cli.capturing import vault
from enrollment.errors import Refusal
from enrollment.storage import Kind as Stored
from enrollment.web import rooms
from enrollment.web.rooms import EXAMINER
from idp.web.extensions import db, services
from tests.factories.portraits import portrait
from wsgi import create_app

__all__ = ["Counter", "NobodyLooks"]

PERSON = {
    "birth_precision": "day", "sex": "F", "nationality": "SL", "birth_country": "SL", "address_division": "SL-S-BO",
    "phone": "+232 00 000 001",
}  # fmt: skip
SHOTS = (Position.FACE, *FINGERS)
_POLICY = CapturePolicy()
_SEED = 77
# Far beyond anybody's own fingers.
_NEXT_FINGER = 1_000_000
_TYPED = 1900
_LETTERS = "abdefgiklmnorstuwy"
_NOISE = os.urandom(2_000_000 // (len(SHOTS) + 1) - 32)
CENTRE = UUID("01900000-0000-7000-8000-0000000000c1")


class NobodyLooks:
    """What captures ask of an `Examiner`, without looking: what judging an image costs is measured by itself."""

    def face(self, content: bytes) -> Seen | Refusal:  # noqa: ARG002 - the interface
        return Seen("png", 640, 800, None, 80, True, "none", ())  # noqa: FBT003 - the record's order

    def finger(self, content: bytes) -> Seen | Refusal:  # noqa: ARG002 - the interface
        return Seen("png", 388, 374, 500, 80, True, "none", ())  # noqa: FBT003 - the record's order

    def page(self, content: bytes, least_side: int) -> Page | Refusal:  # noqa: ARG002 - the interface
        return Page("png", 1000, 700)

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:  # noqa: ARG002 - as above
        return ()


class Counter:
    """An officer and a supervisor of one centre, over the application of this process; each step commits."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._officer, self._supervisor = (
            Actor(uuid4(), frozenset({role}), CENTRE, uuid4()) for role in (Role.OFFICER, Role.SUPERVISOR)
        )

    def prepare(self) -> None:
        """Divisions, once."""
        with self._app.test_request_context():
            if rooms.divisions().find("SL-S-BO") is None:
                rooms.divisions().load(OPERATOR, SHIPPED.read_bytes())
                db.session.commit()

    def packet(self, shots: Iterator[tuple[Position, bytes]], page: bytes, number: int) -> str:
        """Capture one application, sample by sample, until the officer signs; its number."""
        aid: str = self._step(lambda: self._moved(rooms.cases().lifecycle.open(self._officer, Kind.NEW, _key())).aid)
        self._step(lambda: rooms.cases().consents.give(self._officer, aid, "v1", "en", How.SIGNED))
        self._step(lambda: self._type(aid, number))
        for position, content in shots:
            self._step(lambda position=position, content=content: self._take(aid, position, content))
        self._step(lambda: self._desk().document(self._officer, aid, "document_1", DocumentType.PASSPORT, page))
        self._step(lambda: _well(self._desk().compare(self._officer, aid)))
        self._step(lambda: _well(rooms.cases().sections.confirm(self._officer, aid, "en")))
        self._step(lambda: self._moved(rooms.cases().lifecycle.sign(self._order(self._officer, aid))))
        return aid

    def store(self, _number: int) -> None:
        """The parts of one packet: sealed, put, and their rows written, all in one transaction."""
        with self._app.test_request_context():
            held, owner = vault(), services().entropy.uuid()
            for position, content in filler():
                kind = Stored.FACE_IMAGE if position is Position.FACE else Stored.FINGER_IMAGE
                _well(held.put(owner, kind, content))
            _well(held.put(owner, Stored.DOCUMENT, share()))
            db.session.commit()

    def review(self, aid: str) -> None:
        """The supervisor approves."""
        self._step(lambda: self._moved(rooms.cases().lifecycle.take_up(self._order(self._supervisor, aid))))
        self._step(lambda: self._approve(aid))

    def _approve(self, aid: str) -> Moved:
        held = rooms.cases()
        opened = _well(held.files.open(self._supervisor, aid, Purpose.REVIEW))
        ticks = dict.fromkeys(opened.judged.flagged(), Tick.SEEN)
        return self._moved(held.lifecycle.approve(self._order(self._supervisor, aid), ticks))

    def _type(self, aid: str, number: int) -> None:
        save = rooms.cases().sections.save_field
        day = f"{_TYPED + 50 + number % 50}-0{1 + number % 9}-1{number % 8}"
        told = PERSON | {"given_names": _word(number), "family_name": _word(number * 7919 + 13), "birth_date": day}
        for name, value in told.items():
            _well(save(self._officer, aid, Section.PERSON, name, value))
        _well(save(self._officer, aid, Section.DOCUMENTS, "document_1", {"type": "passport"}))
        for tick in ("looked_at_face", "looked_at_fingers"):
            _well(save(self._officer, aid, Section.BIOMETRICS, tick, True))  # noqa: FBT003 - a field's value

    def _take(self, aid: str, position: Position, content: bytes) -> None:
        _well(self._desk().take(self._officer, aid, position, content, device="bench"))

    def _desk(self) -> CaptureDesk:
        held = rooms.capture_desk()
        if held is None:
            raise RuntimeError("no object store")
        return held

    def _order(self, by: Actor, aid: str) -> Order:
        case = _well(rooms.cases().files.find(by, aid))
        return Order(by, aid, case.version, _key(), services().clock.now())

    def _moved(self, outcome: Moved | Refusal) -> Moved:
        moved: Moved = _well(outcome)
        return moved

    def _step(self, act: Any) -> Any:
        with self._app.test_request_context():
            done = act()
            db.session.commit()
            return done


class Images:
    """Images of people who do not exist: a face, drawn unless photographs are given, and prints that are good enough.

    Whose drawn finger would be captured again at a counter has another one here: it is not good enough, or the engine
    takes two of the ten for the same.
    """

    def __init__(self, number: int, examiner: Examiner) -> None:
        self.number = number
        self._examiner = examiner

    @cached_property
    def shots(self) -> list[tuple[Position, bytes]]:
        """The face, then ten fingers."""
        drawn = {position: self._prints(position) for position in FINGERS}
        held = {position: next(prints) for position, prints in drawn.items()}
        while mixups := self._mixups(held):
            for position in {FINGERS[mixup.index] for mixup in mixups}:
                held[position] = next(drawn[position])
        return [(Position.FACE, portrait(self.number)), *held.items()]

    def _prints(self, position: Position) -> Iterator[bytes]:
        least = _POLICY.least_quality(position)
        for finger in count(10 * self.number + position.number, _NEXT_FINGER):
            [image] = images(master(_SEED, finger), _SEED, finger, range(1))
            seen = self._examiner.finger(content := encode_png(image))
            if isinstance(seen, Seen) and seen.sound and seen.quality >= least:
                yield content

    def _mixups(self, held: Mapping[Position, bytes]) -> Sequence[Mixup]:
        fingers = tuple(Finger(position, 1, content) for position, content in held.items())
        found: Sequence[Mixup] = _well(self._examiner.mixups(fingers, _POLICY.mixup_rate))
        return found


def filler() -> Iterator[tuple[Position, bytes]]:
    """Eleven captures of one packet; nobody looks at them."""
    yield from ((position, share()) for position in SHOTS)


def share() -> bytes:
    """One part of a packet, like no other. Making all of it anew would be counted as receiving it."""
    return os.urandom(32) + _NOISE


def receive(app: Flask, seconds: float, *, whole: bool) -> None:
    """Take packets in until the time is over; how long each took. `whole`: its parts in one transaction, no form."""
    app.extensions[EXAMINER] = NobodyLooks()
    counter = Counter(app)
    counter.prepare()
    take = counter.store if whole else lambda number: counter.packet(filler(), share(), number)
    take(0)
    _say({"ready": True})
    sys.stdin.readline()
    end, number = time.monotonic() + seconds, 0
    while (start := time.monotonic()) < end:
        number += 1
        take(number)
        _say({"seconds": time.monotonic() - start})
    _say({"over": True})
    # Its CPU time is read before it ends.
    sys.stdin.readline()


def approve(app: Flask, people: int, every: float, first: int) -> None:
    """Capture people with images that are looked at, then approve one of them each `every` seconds."""
    counter = Counter(app)
    counter.prepare()
    waiting = []
    examiner: ChildExaminer = app.extensions.setdefault(EXAMINER, ChildExaminer())
    for number in range(first, first + people):
        held = Images(number, examiner)
        page = held.shots[0][1]
        start = time.monotonic()
        aid = counter.packet(iter(held.shots), page, number)
        _say({"captured": aid, "seconds": time.monotonic() - start})
        waiting.append(aid)
    for aid in waiting:
        start = time.monotonic()
        counter.review(aid)
        _say({"approved": aid})
        time.sleep(max(0.0, start + every - time.monotonic()))


def _word(number: int) -> str:
    letters = [_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(5)]
    return "".join(f"{letter}{'aeiou'[(number + place) % 5]}" for place, letter in enumerate(letters)).capitalize()


def _key() -> str:
    return str(services().entropy.uuid())


def _well(outcome: Any) -> Any:
    if isinstance(outcome, Refusal):
        message = f"refused: {outcome.code.value} {outcome.about}"
        raise RuntimeError(message)  # noqa: TRY004 - a step that may be made
    return outcome


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    if what in {"receive", "store"}:
        receive(create_app(), float(numbers[0]), whole=what == "store")
    else:
        approve(create_app(), int(numbers[0]), float(numbers[1]), int(numbers[2]))
