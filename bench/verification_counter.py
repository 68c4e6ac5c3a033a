"""A counter at which people are compared, as a process: looks numbers up, reserves, fetches, compares, writes, commits.

Run by `bench.verification_stores`. `prepare COUNT` enrols people who do not exist; `compare KIND SECONDS TURN OF FIRST`
takes every so manieth of them, with probes of KIND (`extracted` or `pictures`) that nobody has shown before: numbered
from FIRST on. Prints a JSON document a line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID, uuid4

import numpy as np
from flask import Flask
from numpy.typing import NDArray

from bench.verification import POSITIONS, SEED, template
from biometrics.fingerprint import template_codec
from biometrics.fingerprint.template import FingerTemplate
from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from enrollment.capture import ChildExaminer
from enrollment.capture.probing import Probe
from enrollment.centres import Actor, Role
from enrollment.cli.capturing import vault
from enrollment.errors import Refusal
from enrollment.issuance import Issued, Means, Rooms
from enrollment.issuance.rehearsal import made_up_case
from enrollment.verification import Check, CounterDesk
from enrollment.web.rooms import EXAMINER
from enrollment.web.verification_rooms import counter_desk
from idp.web.extensions import db, services
from tests.factories.verification import Enroller
from wsgi import create_app

__all__ = ["Finger"]

Value = TypeVar("Value")

CENTRE = UUID("01900000-0000-7000-8000-0000000000c1")
_IMPRESSIONS = 2


class Finger:
    """A finger of nobody: two enrolled impressions, and a third from which probes are made, each of other bytes."""

    def __init__(self, body: int, place: int) -> None:
        self.position = POSITIONS[place]
        number = 2 * body + place
        *self.enrolled, self._shown = images(master(SEED, number), SEED, number, range(_IMPRESSIONS + 1))
        self._examiner = ChildExaminer()

    @cached_property
    def _extracted(self) -> FingerTemplate:
        found = template_codec.decode(template(self._examiner, self.position, encode_png(self._shown)))
        self._examiner.close()
        return _sure(found, FingerTemplate)

    def probe(self, number: int, *, extracted: bool) -> Probe:
        """A probe like no other: one minutia is a hair less sure, or one dot in the corner is another."""
        if extracted:
            quality = self._extracted.quality.copy()
            quality[-1] *= np.float32(1 - number / 1_000_000)
            content = template_codec.encode(replace(self._extracted, quality=quality))
            return Probe(self.position, _sure(content, bytes), extracted=True)
        picture: NDArray[np.uint8] = self._shown.copy()
        picture[0, :2] = number % 256, number // 256
        return Probe(self.position, encode_png(picture))


class NoEntries:
    """Nothing is handed over at issuance: what is enrolled of these people is entered afterwards."""

    def enter(self, people: Mapping[str, UUID]) -> Refusal | None:  # noqa: ARG002 - named by the Protocol
        """Nothing."""
        return None


def prepare(app: Flask, count: int) -> None:
    """People with a number, an account and two impressions of two fingers, sealed in the object store."""
    examiner, held = ChildExaminer(), services
    with app.test_request_context():
        means = Means(held().sealer, held().purpose_keys, held().clock, held().entropy)
        cases = [made_up_case(held().entropy) for _ in range(count)]
        outcomes = Rooms(db.session, means, NoEntries()).issuance.issue_many(cases, actor="operator")
        enroller = Enroller(db.session(), vault(), held().purpose_keys, held().clock)
        for body, outcome in enumerate(outcomes):
            issued = _sure(outcome, Issued)
            fingers = [Finger(body, place) for place in range(len(POSITIONS))]
            shown = {
                one.position: [
                    (png := encode_png(image), template(examiner, one.position, png)) for image in one.enrolled
                ]
                for one in fingers
            }
            enroller.enrol(issued.person_id, shown)
            db.session.commit()
            _say({"body": body, "number": issued.nin})
    examiner.close()


def compare(app: Flask, kind: str, seconds: float, people: Sequence[Mapping[str, Any]], first: int) -> None:
    """Compare until the time is over; how long each took, and what came of it. `first` numbers the first probes."""
    officer = Actor(uuid4(), frozenset({Role.OFFICER}), CENTRE, uuid4())
    most = max(40, int(seconds * 40 / len(people)))
    probes = {str(one["number"]): _probes(int(one["body"]), kind, range(first, first + most)) for one in people}
    for one in people:
        _once(app, officer, str(one["number"]), next(probes[str(one["number"])]))
    _say({"ready": True})
    sys.stdin.readline()
    end, turn = time.monotonic() + seconds, 0
    while (start := time.monotonic()) < end:
        number = str(people[turn % len(people)]["number"])
        probe = next(probes[number], None)
        if probe is None:
            break
        turn += 1
        outcome = _once(app, officer, number, probe)
        _say({"seconds": time.monotonic() - start, "outcome": outcome})
    _say({"over": True})
    # Its CPU time is read before it ends.
    sys.stdin.readline()
    app.extensions[EXAMINER].close()


def _probes(body: int, kind: str, numbers: range) -> Iterator[Probe]:
    """Made before the clock runs."""
    finger = Finger(body, 0)
    return iter([finger.probe(number, extracted=kind == "extracted") for number in numbers])


def _once(app: Flask, officer: Actor, number: str, probe: Probe) -> str:
    """Two requests, as at the pages: whose number it is, and one capture."""
    check = _sure(_step(app, lambda desk: desk.begin(officer, number, "service", present=True)), Check)
    answer = _step(app, lambda desk: desk.capture(officer, check.id, check.turn, (probe,)))
    return answer.code.value if isinstance(answer, Refusal) else str(answer.said.outcome.value)


def _step(app: Flask, act: Any) -> Any:
    with app.test_request_context():
        done = act(_sure(counter_desk(), CounterDesk))
        db.session.commit()
        return done


def _sure(value: object, kind: type[Value]) -> Value:
    """The value; a bench goes no further with a refusal."""
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "prepare":
        prepare(create_app(), int(rest[0]))
    else:
        everybody = json.loads(sys.stdin.readline())
        compare(create_app(), rest[0], float(rest[1]), everybody[int(rest[2]) :: int(rest[3])], int(rest[4]))
