"""Workers of granian that come and go without cutting a request.

A new worker is known to serve before an old one is asked to leave. The old one then takes no new connection, says
`Connection: close` in every answer, and stays for `LINGER_SECONDS`. Whoever kept a connection to it has used it by
then, or has closed it if he keeps idle ones for less. Then it stops as granian does, its last requests answered.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from granian._granian import SocketHolder
from granian._internal import load_target
from granian.log import logger
from granian.server import mp
from granian.server.mp import MPServer

from deploy.granian_requests import LATER, serving
from deploy.process import forget_settings, warm_up

__all__ = ["LINGER_SECONDS", "LastingServer", "Leaving"]

# deploy/nginx keeps idle connections to us for half of this.
LINGER_SECONDS = 2.0
_BOOT_SECONDS = 60.0
_STEP_SECONDS = 0.1
_LEAVE = signal.SIGUSR1
_PID_BYTES = 4
# granian's processes; it says nothing about their types.
_Worker = Any


class Leaving:
    """A WSGI application around another; after `leave`, each answer is made at once and ends its connection."""

    def __init__(self, application: WSGIApplication, listener: socket.socket) -> None:
        self._application = application
        self._listener = listener
        self._left = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not self._left:
            return self._application(environ, start_response)

        environ.pop(LATER, None)

        def closing(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return self._application(environ, closing)

    def leave(self, *_: object) -> None:
        """Take no new connection from now on; other processes go on taking them from the same socket."""
        self._left = True
        # granian goes on asking this descriptor. It now stands for a queue that nobody joins: an unnamed local socket.
        with socket.socket(socket.AF_UNIX) as nobody:
            nobody.bind("")
            nobody.listen(1)
            nobody.settimeout(0)
            os.dup2(nobody.fileno(), self._listener.fileno())


class LastingServer(MPServer):
    """granian's supervisor with a socket of ours, inherited by forked workers, and graceful replacement of workers.

    `listener` is bound and listens; the other arguments are granian's.
    """

    def __init__(self, target: str, *, listener: socket.socket, **options: Any) -> None:
        super().__init__(target, **options)
        # What granian puts around the application in a worker.
        vars(mp)["_wsgi_call_wrap"] = serving
        self._listener = listener
        self._said_ready, self._say_ready = os.pipe()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Exits with status 1 when workers fail one after another."""
        self.serve(target_loader=self._load, wrap_loader=False)

    def _init_shared_socket(self) -> None:
        descriptor = self._listener.fileno()
        # By these names granian hands a socket to its workers.
        names = {"_ssp": None, "_sso": self._listener, "_sfd": descriptor}
        vars(self).update(names, _shd=SocketHolder(descriptor, False, self.backlog))  # type: ignore[call-arg]  # noqa: FBT003 - its types leave out (descriptor, unix socket, queue)

    def _load(self) -> WSGIApplication:
        """Build the application and make it ready. Runs in a new worker, in its main thread."""
        target: Any = load_target(self.target, wd=self.working_dir, factory=self.factory)
        application = Leaving(target, self._listener)
        warm_up(application)
        forget_settings()
        signal.signal(_LEAVE, application.leave)
        os.write(self._say_ready, os.getpid().to_bytes(_PID_BYTES, "little"))
        return application

    def _respawn_workers(
        self,
        workers: Sequence[int],
        spawn_target: Any,
        target_loader: Any,
        delay: float = 0,  # noqa: ARG002 - granian's
    ) -> None:
        """Replace these workers, all at once. One that serves stays when the new one cannot start."""
        fresh: list[_Worker] = [
            self._spawn_worker(idx=index, target=spawn_target, callback_loader=target_loader) for index in workers
        ]
        for worker in fresh:
            # Until it serves, its end is no loss: granian would take it for that of the worker it is to replace.
            worker.interrupt_by_parent = True
            worker.start()
        serving = self._wait_until_ready(fresh)
        replaced: list[_Worker] = []
        for worker in fresh:
            old: _Worker = self.wrks[worker.idx]
            if worker in serving or not old.is_alive():
                replaced.append(old)
                self._install(worker)
            else:
                logger.error("a new worker does not start: the old one goes on serving")
                _end(worker, 0)
        self._dismiss(replaced)
        self._metrics.incr_spawn(len(replaced))
        self._stay_awake()

    def _watch_workers_rss(self) -> None:
        super()._watch_workers_rss()  # type: ignore[no-untyped-call]  # granian says nothing about its types
        self._stay_awake()

    def _watch_workers_lifetime(self, ttl: float) -> None:
        super()._watch_workers_lifetime(ttl)  # type: ignore[no-untyped-call]  # as above
        self._stay_awake()

    def _stay_awake(self) -> None:
        """Have granian's loop look again at what it was told while it was busy.

        It lowers the flag that wakes it after having looked at some of the reasons: a signal that came in between would
        wait for the next one.
        """
        if self.interrupt_signal or self.reload_signal or self.interrupt_children:
            self.main_loop_interrupt.set()

    def _install(self, worker: _Worker) -> None:
        self.wrks[worker.idx] = worker
        worker.interrupt_by_parent = False
        if not worker.is_alive():
            # granian gives up when one that it has just started dies again.
            self.respawned_wrks[worker.idx] = time.monotonic()
            self.interrupt_children.append(worker.idx)
            self.main_loop_interrupt.set()

    def _wait_until_ready(self, fresh: Sequence[_Worker]) -> list[_Worker]:
        """Those of `fresh` that have built their application; waits for the others while they live."""
        ready: set[int] = set()
        until = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < until and not self.interrupt_signal:
            if all(worker.inner.pid in ready or not worker.is_alive() for worker in fresh):
                break
            if select.select([self._said_ready], [], [], _STEP_SECONDS)[0]:
                ready.add(int.from_bytes(os.read(self._said_ready, _PID_BYTES), "little"))
        return [worker for worker in fresh if worker.inner.pid in ready and worker.is_alive()]

    def _dismiss(self, workers: Sequence[_Worker]) -> None:
        """Let these workers finish what they have begun, and end."""
        living = [worker for worker in workers if worker.is_alive()]
        for worker in living:
            worker.interrupt_by_parent = True
            os.kill(worker.inner.pid, _LEAVE)
        until = time.monotonic() + LINGER_SECONDS
        while living and time.monotonic() < until and not self.interrupt_signal:
            time.sleep(_STEP_SECONDS)
        for worker in living:
            worker.terminate()
        for worker in living:
            _end(worker, self.workers_kill_timeout)


def _end(worker: _Worker, patience: float | None) -> None:
    """Wait for a worker's end, `patience` seconds at most, then kill it."""
    worker.join(patience)
    if worker.is_alive():
        worker.kill()
        worker.join()
