"""Starts parts together, waits until each answers, watches them, and stops them in order.

Parts are started in stages (stores, then the provider, then the demo services) and stopped in reverse. When
one dies, all are stopped. Every child is tied to this process, so nothing survives it, however it ends.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence

from embedded.errors import StartError, StopRequestedError
from embedded.launch import tie_to_parent
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.part import Part, Running
from embedded.process import Child, Command

__all__ = ["Supervisor"]

_STEP_SECONDS = 0.03
_WATCH_SECONDS = 0.25
_REMIND_SECONDS = 5.0
_SAME_WISH_SECONDS = 0.4


class Supervisor:
    """Runs parts. Use it from the main thread only: its children live as long as the thread that starts them.

    `timeout` is how long, in seconds, a stage may take until all its parts answer; `verbose` shows every line
    of every part.
    """

    def __init__(self, output: Output, record: ProcessRecord, *, timeout: float = 90.0, verbose: bool = False) -> None:
        self._verbose = verbose
        self._output = output
        self._record = record
        self._timeout = timeout
        self._stages: list[list[Running]] = []
        self._requests = 0
        self._last_request = float("-inf")
        self._wake = -1

    def take_signals(self, *, tied_to_parent: bool = False) -> None:
        """Let SIGINT, SIGTERM and SIGHUP ask for a stop; with `tied_to_parent` our parent's end does too."""
        self._wake, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under `nohup` a closed terminal is no wish to stop.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        if tied_to_parent:
            tie_to_parent(signal.SIGTERM, os.getppid())

    @property
    def holds_parts(self) -> bool:
        """Whether anything was started that `stop` has not stopped."""
        return any(self._stages)

    def start(self, parts: Sequence[Part]) -> None:
        """Start all `parts` at once and return when each is ready.

        Raises `StartError` when one ends or does not answer in time, `StopRequestedError` when asked to stop;
        what runs by then is stopped by `stop`.
        """
        self._wait_until_ready(self._begin(parts))

    def start_aside(self, parts: Sequence[Part]) -> Callable[[], None]:
        """Start `parts` and return at once; calling what is returned waits for them, as `start` does."""
        stage = self._begin(parts)
        return lambda: self._wait_until_ready(stage)

    def run(self, name: str, command: Command) -> None:
        """Run one command to its end, its lines relayed. Raises `StartError` unless it succeeds."""
        child = Child(name, command, self._output, lambda _: True)
        try:
            while child.status() is None:
                self._pause(_STEP_SECONDS)
            if child.status() != 0:
                child.flush()
                raise StartError(f"{name} failed ({child.ended()}); its last lines are above")
        finally:
            child.sweep()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; raises `StopRequestedError` when asked to stop before."""
        while not condition():
            self._pause(_STEP_SECONDS)

    def watch(self) -> int:
        """Wait for a request to stop (0) or for the end of any part (1, with the reason said)."""
        while True:
            for running in self._all():
                if running.child.status() is not None:
                    reason = running.failure(self._output, "stopped unexpectedly")
                    self._output.say(f"{reason}.")
                    return 1
            try:
                self._pause(_WATCH_SECONDS)
            except StopRequestedError:
                return 0

    def stop(self) -> None:
        """Stop everything, last stage first. A second Ctrl-C meanwhile kills what is left."""
        enough = max(self._requests, 1)
        for stage in reversed(self._stages):
            for running in stage:
                running.child.send(running.child.command.stop_signal)
            begun = time.monotonic()
            for running in stage:
                child = running.child
                while child.status() is None and self._requests <= enough:
                    if time.monotonic() - begun > child.command.patience:
                        break
                    self._nap(_STEP_SECONDS)
                child.sweep()
                running.part.clean_up()
        self._stages.clear()
        self._record.keep(())

    def _begin(self, parts: Sequence[Part]) -> list[Running]:
        stage: list[Running] = []
        self._stages.append(stage)
        for part in parts:
            self._output.say(part.progress())
            first = part.prepare()
            command = part.command() if first is None else first
            child = self._child(part, command)
            stage.append(Running(part, child, started=first is None))
            self._record.keep(running.child for running in self._all())
        return stage

    def _wait_until_ready(self, stage: list[Running]) -> None:
        begun = time.monotonic()
        remind = begun + _REMIND_SECONDS
        while True:
            for running in stage:
                self._advance(running)
            waiting = [running for running in stage if not running.ready]
            if not waiting:
                return
            now = time.monotonic()
            if now - begun > self._timeout:
                first = waiting[0]
                first.show_tail(self._output)
                problem = first.part.problem() if first.started else "it is still being prepared"
                raise StartError(f"{first.part.title} did not answer in {self._timeout:.0f} seconds: {problem}")
            if now > remind:
                remind = now + _REMIND_SECONDS
                titles = ", ".join(running.part.title for running in waiting)
                self._output.say(f"... still waiting for {titles} ({now - begun:.0f} s)")
            self._pause(_STEP_SECONDS)

    def _advance(self, running: Running) -> None:
        """Take one part a step further: from prepared to started, from started to ready."""
        status = running.child.status()
        if running.started:
            if status is not None:
                raise running.failure(self._output, "could not start")
            if not running.ready and running.part.problem() is None:
                running.ready = True
                self._output.say(f"{running.part.title}: ready")
        elif status is not None:
            if status != 0:
                raise running.failure(self._output, "could not be prepared")
            running.child.sweep()
            running.child = self._child(running.part, running.part.command())
            running.started = True
            self._record.keep(other.child for other in self._all())

    def _child(self, part: Part, command: Command) -> Child:
        return Child(part.name, command, self._output, lambda line: self._verbose or part.shows(line))

    def _all(self) -> Iterator[Running]:
        return (running for stage in self._stages for running in stage)

    def _pause(self, seconds: float) -> None:
        """Wait up to `seconds`; raises `StopRequestedError` when a stop has been asked for."""
        if not self._requests and not self._output.closed:
            self._nap(seconds)
        if self._requests or self._output.closed:
            raise StopRequestedError

    def _nap(self, seconds: float) -> None:
        if self._wake < 0:
            time.sleep(seconds)
        elif select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 64)

    def _on_signal(self, _number: int, _frame: object) -> None:
        # One wish may arrive twice, once to the whole process group and once more through `make`.
        now = time.monotonic()
        if now - self._last_request > _SAME_WISH_SECONDS:
            self._requests += 1
        self._last_request = now
