"""Asking a process that may die for steps, and striking it or a store at a given moment of one."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.crashes.place import Place
from tests.stack import ROOT

__all__ = ["Asker", "Blow", "HandError", "RefusedError"]

VICTIMS = ("worker", "postgres", "objects")
# On a machine that has other work, too; what is silent for so long hangs.
_PATIENCE_SECONDS = 300.0
# Beyond these many failures a step is lost: whoever waits for it would have given up.
_MOST_TRIES = 8
_RACE_SECONDS = 0.006
_AWAY_SECONDS = 1.0


class HandError(AssertionError):
    """The process did not answer, or a step never came to pass."""


class RefusedError(AssertionError):
    """A step that may be made was refused."""


@dataclass(frozen=True, slots=True)
class Blow:
    """Strike `victim` at moment `name` of step `step`, the first (`number` 0) or a later one of that name.

    `racing`: the process goes on, and the victim dies some thousandths of a second later. `lasting`: the process goes
    on while the store is away, for up to a second; else the store is back before.
    """

    step: str
    name: str
    number: int
    victim: str
    racing: bool = False
    lasting: bool = False

    def __str__(self) -> str:
        how = ("racing" if self.racing else "standing") + (", lasting" if self.lasting else "")
        return f"{self.victim} at {self.step}[{self.number}] ({how})"


@dataclass
class Asker:
    """One process at a time, and what came of the blows."""

    place: Place
    chance: random.Random
    passed: dict[str, list[str]] = field(default_factory=dict)
    struck: str = ""

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.hand"],
            cwd=ROOT, env=dict(self.place.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._held = b""
        self._pid = 0
        self._read()

    def ask(self, step: str, document: Mapping[str, Any], blow: Blow | None = None) -> Any:
        """What a step answers, asked for until it does. `blow` strikes the first time only."""
        for attempt in range(_MOST_TRIES):
            at = (blow.name, blow.number) if blow is not None and attempt == 0 else None
            answer = self._asked({**document, "moment": at}, blow)
            if "done" in answer:
                self.passed[step] = answer["passed"]
                return answer["done"]
            if "refused" in answer:
                raise RefusedError(f"{step}: {answer['refused']}")
            self.wait_a_while()
        raise HandError(f"{step} never came to pass: {answer}")

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        with self._process:
            self._process.stdin.close()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def begin_anew(self) -> None:
        """End the process, whatever it is at, and have another: what this one says answers no question any more."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.stop()
        self._begin()

    def wait_a_while(self) -> None:
        """So long that rounds look after what was forgotten or held, and dead workers are known to be."""
        self.place.clock.advance(20 * 60)
        self.place.query("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        self.place.query("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")

    def _asked(self, document: Mapping[str, Any], blow: Blow | None) -> dict[str, Any]:
        self._tell(document)
        answer = self._read()
        if "stands" in answer:
            assert blow is not None
            self.struck = answer["stands"]
            return self._strike(blow)
        return answer

    def _strike(self, blow: Blow) -> dict[str, Any]:
        if blow.racing:
            self._tell({})
            time.sleep(self.chance.random() * _RACE_SECONDS)
        if blow.victim == "worker":
            os.kill(self._pid, signal.SIGKILL)
            answer = self._read()
            if "born" not in answer:
                # What it said before it died is heard; then the next one is born.
                self._read()
            return answer
        store = self.place.stores[blow.victim]
        store.kill()
        if not blow.lasting:
            store.start()
        if not blow.racing:
            self._tell({})
        if blow.lasting:
            self._heard(_AWAY_SECONDS)
            store.start()
        return self._read()

    def _tell(self, document: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(document).encode() + b"\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        if not self._heard(_PATIENCE_SECONDS):
            raise HandError("the process is silent")
        line, _, self._held = self._held.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        self._pid = answer.get("born", self._pid)
        return answer

    def _heard(self, seconds: float) -> bool:
        """Wait until there is an answer; False when there is none by then."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        deadline = time.monotonic() + seconds
        while b"\n" not in self._held:
            ready, _, _ = select.select([pipe], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                return False
            read = os.read(pipe, 65_536)
            if not read:
                raise HandError("the process ended")
            self._held += read
        return True
