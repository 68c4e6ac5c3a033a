"""Workers of gunicorn that come and go without a pause.

gunicorn's own reload stops the old workers while the new ones still load, and stops everything when they cannot.
Here the new code is tried first in a process that is thrown away, and the old workers leave once the new ones serve.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from gunicorn import util

from deploy.process import forget_settings, load_libraries, settle_memory, warm_up

__all__ = ["after_request", "before_request", "begin", "take_over", "worker_ready"]

_BOOT_SECONDS = 60.0
_STEP_SECONDS = 0.1
_PID_BYTES = 4
_DRAINED_BYTES = 1_048_576
# From this size on a body is refused unread (`MAX_BODY_BYTES`), or more of it may be left than gunicorn passes over.
_LARGE_BYTES = 65_536
_LINGER_SECONDS = 1.0
# Written to by new workers. This module is loaded once; gunicorn's settings are loaded again at each reload.
_said_ready, _say_ready = os.pipe()


def begin() -> None:
    """Before the first fork: settle what workers inherit."""
    settle_memory()
    load_libraries()
    util.close_graceful = _close


def take_over(arbiter: Any) -> None:
    """Give gunicorn's arbiter our way of reloading."""
    reload: Callable[[], None] = arbiter.reload
    manage: Callable[[], None] = arbiter.manage_workers

    def careful_reload() -> None:
        if _starts(arbiter.app):
            reload()
        else:
            arbiter.log.error("the new code does not start: the old goes on serving")

    def patient_manage() -> None:
        if len(arbiter.WORKERS) > arbiter.num_workers:
            _wait_until_ready(arbiter)
        manage()

    arbiter.reload, arbiter.manage_workers = careful_reload, patient_manage


def worker_ready(worker: Any) -> None:
    """In a new worker, once it has built the application and before it takes connections."""
    warm_up(worker.wsgi)
    forget_settings()
    os.write(_say_ready, os.getpid().to_bytes(_PID_BYTES, "little"))


def before_request(request: Any) -> None:
    """Announce that the connection ends behind a large body: what is left of it is no next request."""
    if getattr(request.body.reader, "length", _LARGE_BYTES) >= _LARGE_BYTES:
        request.force_close()


def after_request(request: Any, connection: socket.socket) -> None:
    """Let the rest of a refused body come, for a second and up to a megabyte.

    A connection that is closed while more arrives is reset, and a reset takes our answer away from whoever still sends
    (RFC 9112 section 9.6).
    """
    left = getattr(request.body.reader, "length", 0) - len(request.unreader.buf.getvalue())
    if not 0 < left < _DRAINED_BYTES or not request.must_close:
        return
    until = time.monotonic() + _LINGER_SECONDS
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while left > 0 and (patience := until - time.monotonic()) > 0:
            connection.settimeout(patience)
            received = len(connection.recv(65_536))
            if not received:
                return
            left -= received


def _close(connection: socket.socket, _timeout: float = 0.0, _max_drain: int = 0) -> None:
    """End a connection without waiting for the other side; what it sent already is read, so that our answer arrives.

    gunicorn's own way waits up to two seconds for a peer that stays, on the one thread that takes connections: a few
    silent peers a second would stop the worker.
    """
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0)
        drained = 0
        while drained < _DRAINED_BYTES and (received := len(connection.recv(65_536))):
            drained += received
    with contextlib.suppress(OSError):
        connection.close()


def _wait_until_ready(arbiter: Any) -> None:
    """Until as many workers as there should be, the youngest, serve or have ended."""
    workers = sorted(arbiter.WORKERS.values(), key=lambda worker: -worker.age)
    missing = {worker.pid for worker in workers[: arbiter.num_workers]}
    until = time.monotonic() + _BOOT_SECONDS
    while missing and time.monotonic() < until:
        while select.select([_said_ready], [], [], 0)[0]:
            missing.discard(int.from_bytes(os.read(_said_ready, _PID_BYTES), "little"))
        missing = {pid for pid in missing if _lives(pid)}
        if missing:
            time.sleep(_STEP_SECONDS)


def _lives(pid: int) -> bool:
    # Without collecting its status: that is the arbiter's.
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def _starts(application: Any) -> bool:
    """Whether settings and code, as they are now, make an application. Tried in a child of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            application.do_load_config()
            application.load()
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it is, also an exit: it must not happen to the server itself
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return status == 0
