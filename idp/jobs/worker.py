"""The worker: does jobs as they are asked for, and rounds as time passes. The only door to procrastinate.

A job's task is a plain function; what it raises is noted by its kind and place, never by its text. A job whose worker
was killed is done again by another once that worker's heart has been silent for a while, so tasks must bear repeating.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy

from idp.jobs.queue import QUEUE

__all__ = ["Round", "Worker"]

SILENT_SECONDS = 30
_STALLED_EVERY = timedelta(seconds=15)
_PATIENCE_SECONDS = 20
_MAX_FRAMES = 8
# A failed job is tried again after 2, 4, 8 ... seconds, for about an hour in all.
_RETRY = RetryStrategy(max_attempts=11, exponential_wait=2)
_log = structlog.get_logger(__name__)

Task = Callable[..., None]


class JobFailedError(Exception):
    """A job's task raised; its own words stay out of every log."""


@dataclass(frozen=True, slots=True)
class Round:
    """Something done again and again: `work` says how many things it did."""

    name: str
    every: timedelta
    work: Callable[[], int]


class Worker:
    """Does the `tasks` by name, `at_once` of them, and the `rounds`. `database` is PostgreSQL's address."""

    def __init__(self, database: str, tasks: Mapping[str, Task], rounds: Sequence[Round], *, at_once: int = 4) -> None:
        # Its lines repeat what exceptions say; our own tell what is needed.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        connector = PsycopgConnector(conninfo=database, min_size=1, max_size=at_once + 3)
        self._app = App(connector=connector)
        self._busy = Event()
        for name, task in tasks.items():
            self._app.task(name=name, queue=QUEUE, retry=_RETRY)(_guarded(name, task, self._busy))
        self._rounds = rounds
        self._at_once = at_once

    def drain(self) -> None:
        """Do every job that is due, with those that jobs ask for, and the rounds until they find nothing more."""
        asyncio.run(self._drain())

    def run(self, on_ready: Callable[[], object]) -> None:
        """Work until SIGTERM or SIGINT; what was begun is ended first, for up to 20 seconds.

        `on_ready` is called once jobs are taken.
        """
        asyncio.run(self._run(on_ready))

    async def _drain(self) -> None:
        async with self._app.open_async():
            while True:
                self._busy.clear()
                await self._work(wait=False)
                done = [await asyncio.to_thread(_walked, step) for step in self._rounds]
                if not any(done) and not self._busy.is_set():
                    return

    async def _run(self, on_ready: Callable[[], object]) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        async with self._app.open_async():
            on_ready()
            work = asyncio.create_task(self._work(wait=True))
            # One round at a time: with the jobs there are no more of them than connections.
            turn = asyncio.Lock()
            walks = [asyncio.create_task(_again(stopping, step.every, _in_thread(step, turn))) for step in self._rounds]
            walks.append(asyncio.create_task(_again(stopping, _STALLED_EVERY, self._revive)))
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            stopping.set()
            ended_by_itself = work.done()
            work.cancel()
            await asyncio.gather(work, stop, *walks, return_exceptions=True)
        if ended_by_itself:
            raise RuntimeError("the queue of jobs can no longer be read")

    async def _work(self, *, wait: bool) -> None:
        await self._app.run_worker_async(
            queues=[QUEUE],
            wait=wait,
            concurrency=self._at_once,
            delete_jobs="successful",
            install_signal_handlers=False,
            shutdown_graceful_timeout=_PATIENCE_SECONDS,
            fetch_job_polling_interval=2.0,
        )

    async def _revive(self) -> int:
        """Hand the jobs of workers that died to others."""
        stalled = list(await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS))
        for job in stalled:
            await self._app.job_manager.retry_job(job)
            _log.warning("job_of_a_dead_worker", task=job.task_name, job=job.id)
        return len(stalled)


def _guarded(name: str, task: Task, busy: Event) -> Task:
    def run(**arguments: str) -> None:
        busy.set()
        try:
            task(**arguments)
        except Exception as error:  # noqa: BLE001 - whatever a task raises must not be repeated in a log
            _report("job_failed", name, error)
            raise JobFailedError(name) from None

    return run


def _walked(step: Round) -> int:
    try:
        return step.work()
    except Exception as error:  # noqa: BLE001 - the next round tries again; nothing of the text is logged
        _report("round_failed", step.name, error)
        return 0


def _in_thread(step: Round, turn: asyncio.Lock) -> Callable[[], Awaitable[int]]:
    async def walk() -> int:
        async with turn:
            return await asyncio.to_thread(_walked, step)

    return walk


async def _again(stopping: asyncio.Event, every: timedelta, work: Callable[[], Awaitable[int]]) -> None:
    while not stopping.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - as above: a database that is away comes back
            _report("round_failed", "queue", error)
        try:
            await asyncio.wait_for(stopping.wait(), every.total_seconds())
        except TimeoutError:
            continue


def _report(event: str, task: str, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    _log.error(event, task=task, kind=type(error).__name__, where=where)
