"""How fast applications are received, decided and numbered, stores included: `python -m bench.enrolment`.

`received`: packets of 2 MB (a face, ten fingers, a document), by so many processes; nobody looks at the images. First
as pages take them, each field and each capture in a transaction of its own, until the officer signs; then their parts
alone, sealed and stored in one transaction. `numbers`: people without
captures. `issued`: people with images that the engine looks at are approved at a steady rate, and one worker does the
rest; from receipt to the account, by the moments that the application's history says. Nobody of them is in the
gallery; `--gallery` others are, made up, with names and numbers in the register (`enrolment_gallery` says of what their
bodies are). The stores write to disk as `make run` has them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.enrolment_place import Place, stores_alone
from biometrics.evaluation.arguments import positive, whole

COUNTER = ("-m", "bench.enrolment_counter")
_ENDED = (
    "select extract(epoch from max(at) - min(at)) from enrol_event where aid = %s and to_state in ('received', 'bound')"
)
_LONGEST_SECONDS = 900.0


@dataclass
class Talker:
    """A process that prints a JSON document a line."""

    process: subprocess.Popen[bytes]
    heard: list[dict[str, object]] = field(default_factory=list)

    def tell(self, word: str) -> None:
        """Say a line."""
        if self.process.stdin:
            self.process.stdin.write(f"{word}\n".encode())
            self.process.stdin.flush()

    def next(self) -> dict[str, object] | None:
        """Its next line; None when it has ended. RuntimeError when it failed."""
        line = self.process.stdout.readline() if self.process.stdout else b""
        if line:
            document: dict[str, object] = json.loads(line)
            self.heard.append(document)
            return document
        if status := self.process.wait():
            command = " ".join(map(str, self.process.args)) if isinstance(self.process.args, list) else ""
            raise RuntimeError(f"this ended with {status}, for the reason that it gave above: {command}")
        return None


def main() -> int:
    """Run what was asked for and print its lines."""
    parser = argparse.ArgumentParser(prog="python -m bench.enrolment", description=__doc__)
    parser.add_argument("--only", choices=("received", "numbers", "issued"))
    parser.add_argument("--seconds", type=positive, default=20, help="of receiving")
    parser.add_argument("--processes", type=positive, default=2, help="that receive")
    parser.add_argument("--numbers", type=positive, default=5000)
    parser.add_argument("--applicants", type=positive, default=20, help="to issue to")
    parser.add_argument("--a-minute", type=positive, default=6, help="so many of them are approved")
    parser.add_argument("--gallery", type=whole, default=200, help="people who are there already")
    options = parser.parse_args()
    with stores_alone() as place:
        if options.only in {None, "received"}:
            received(place, "receive", options.processes, options.seconds)
            received(place, "store", options.processes, options.seconds)
        if options.only in {None, "numbers"}:
            numbers(place, options.numbers)
        if options.only in {None, "issued"}:
            issued(place, options.applicants, 60 / options.a_minute, options.gallery)
    return 0


def received(place: Place, what: str, processes: int, seconds: int) -> None:
    """Packets of 2 MB: field by field and capture by capture (`receive`), or their parts at once (`store`)."""
    talkers = [
        Talker(place.start(*COUNTER, what, str(seconds), stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        for _ in range(processes)
    ]
    for talker in talkers:
        talker.next()
    before, start = place.cpu(), time.monotonic()
    for talker in talkers:
        talker.tell("go")
    for talker in talkers:
        while "over" not in (talker.next() or {"over": True}):
            pass
    wall, used = time.monotonic() - start, place.cpu()
    for talker in talkers:
        talker.tell("end")
        talker.process.wait()
    times = [float(str(one["seconds"])) for talker in talkers for one in talker.heard if "seconds" in one]
    spent = {name: (total - before.get(name, 0.0)) / len(times) for name, total in used.items()}
    say(
        f"{what}: {len(times)} packets of 2 MB in {wall:.1f} s by {processes} processes: {len(times) / wall:.1f}"
        f" packets/s, {2 * len(times) / wall:.0f} MB/s; a packet {_spread(times)}"
    )
    say("  CPU ms a packet: " + ", ".join(f"{name} {ms:.0f}" for name, ms in sorted(spent.items()) if ms >= 1))


def numbers(place: Place, count: int) -> None:
    """Numbers without captures."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "numbers", "issue", str(count), "--json"],
        env=dict(place.variables), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    say(f"numbers: {answer['count']} in {answer['seconds']:.1f} s: {answer['per_second']:.0f}/s")


def issued(place: Place, applicants: int, every: float, gallery: int) -> Mapping[str, int]:
    """From receipt to the account; how many applications are in which state in the end."""
    if gallery:
        _filled(place, gallery)
    counter = Talker(place.start(*COUNTER, "approve", str(applicants), str(every), "1", stdout=subprocess.PIPE))
    captured: list[float] = []
    worker: subprocess.Popen[bytes] | None = None
    try:
        while (said := counter.next()) is not None:
            if "captured" in said:
                captured.append(float(str(said["seconds"])))
            worker = worker or place.start("-m", "flask", "--app", "wsgi", "worker", stdout=subprocess.DEVNULL)
        approved = [str(one["approved"]) for one in counter.heard if "approved" in one]
        _wait(place, approved)
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait()
    states = [str(place.query("select state from enrol_application where aid = %s", aid)[0][0]) for aid in approved]
    times = [float(str(place.query(_ENDED, aid)[0][0])) for aid in approved]
    say(f"captured: a person with eleven images that are judged, no screen between them, {_spread(captured)}")
    say(
        f"issued: {states.count('bound')} of {len(approved)} at {60 / every:.0f} a minute, from receipt to the account"
        f" {_spread(times)}; referred to people: {states.count('adjudication')}"
    )
    return Counter(states)


def _filled(place: Place, people: int) -> None:
    """Others who are in register and gallery already."""
    start, half = time.monotonic(), people // 2
    parts = [(0, half), (half, people - half)]
    filling = [place.start("-m", "bench.finding_people", str(first), str(count)) for first, count in parts if count]
    if any(one.wait() for one in filling):
        raise RuntimeError("the register was not filled")
    fill = Talker(place.start("-m", "bench.enrolment_gallery", str(people), stdout=subprocess.PIPE))
    while fill.next():
        pass
    say(f"gallery: {people} people put in, {time.monotonic() - start:.0f} s")


def _wait(place: Place, aids: Sequence[str]) -> None:
    """Until none is under way any more."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    question = "select count(*) from enrol_application where aid = any(%s) and state not in ('bound', 'adjudication')"
    while place.query(question, list(aids))[0][0]:
        if time.monotonic() > deadline:
            raise RuntimeError("applications are stuck")
        time.sleep(0.2)


def _spread(seconds: Sequence[float]) -> str:
    p50, p95 = np.percentile(seconds, (50, 95))
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, longest {max(seconds):.2f} s"


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
