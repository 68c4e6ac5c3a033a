"""gunicorn as it serves the product, behind nginx.

`gunicorn --config deploy/gunicorn.conf.py 'wsgi:create_server_app()'`
SIGHUP replaces the workers, which read the code anew; SIGTERM stops, requests in flight answered. Pools, threads of
the group commit and connections to stores open in the workers: libraries are loaded before the fork, the application
is not.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("WANGOV_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WANGOV_WORKERS", "2"))
threads = int(os.environ.get("WANGOV_THREADS", "32"))
worker_class = "gthread"
preload_app = False
backlog = 2048
# Connections a worker holds, idle ones included; above this it takes no new one.
worker_connections = 1024

# A request that takes longer than any store's time-out is a bug; the arbiter replaces the worker.
timeout = 30
graceful_timeout = 20
# Longer than a proxy keeps an idle connection to us, so that it is never we who close one under a request.
keepalive = 75
# A worker proves that it lives by touching a file: never one on a disk that may be slow.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the kernel's own folder in memory

# gunicorn's own highest value for the line; nginx passes no longer one.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 16_384

# Memory that slowly fragments is given back; the jitter keeps workers from restarting together.
max_requests = int(os.environ.get("WANGOV_WORKER_REQUESTS", "1000000"))
max_requests_jitter = max_requests // 10

# No header may pass for what only the server knows (SCRIPT_NAME, the scheme); an underscore in a name is refused.
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "refuse"

# A second way to give orders, at one path for all servers of an account.
control_socket_disable = True

accesslog = None
errorlog = "-"
# Not "warning": at that level gunicorn repeats what it could not parse, tokens included.
loglevel = "error"

# How long a blocked read or write waits for the other side. Behind nginx, which sends whole requests, nobody waits.
_IDLE_SECONDS = 10

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
# This file is read again at a reload, when the variable is ours already: the mark says who made the folder.
_MARK = "wangov-metrics-"
if _METRICS not in os.environ:
    os.environ[_METRICS] = tempfile.mkdtemp(prefix=_MARK)


def on_starting(_server: Any) -> None:
    """Before the first fork."""
    _workers().begin()


def when_ready(server: Any) -> None:
    """Give the sockets that take connections a time-out, which those taken inherit (socket(7)), and reloads our way."""
    patience = struct.pack("ll", _IDLE_SECONDS, 0)
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, patience)
    _workers().take_over(server)


def post_worker_init(worker: Any) -> None:
    """In a new worker, once it has built the application and before it takes connections."""
    _workers().worker_ready(worker)


def pre_request(_worker: Any, request: Any) -> None:
    """Before the application."""
    _workers().before_request(request)


def post_request(_worker: Any, request: Any, environ: dict[str, Any], _answer: Any) -> None:
    """Once the answer is sent, on the thread that served it."""
    if "gunicorn.socket" in environ:
        _workers().after_request(request, environ["gunicorn.socket"])


def _workers() -> Any:
    from deploy import gunicorn_workers  # noqa: PLC0415 - the checkout is on the path only once gunicorn runs

    return gunicorn_workers


def child_exit(_server: Any, worker: Any) -> None:
    """Fold a dead worker's figures into the shared ones."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the folder's name when it is imported

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave no folder behind."""
    folder = Path(os.environ[_METRICS])
    if folder.name.startswith(_MARK):
        shutil.rmtree(folder, ignore_errors=True)
