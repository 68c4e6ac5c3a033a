"""Gunicorn's settings for production and `make run`. The application is `wsgi:create_app()`; a proxy stands in front.

Pools, threads of the group commit and the short-lived store's connections open at first use, which is after the fork;
so the application must not be preloaded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("WANGOV_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WANGOV_WORKERS", "2"))
threads = int(os.environ.get("WANGOV_THREADS", "32"))
worker_class = "gthread"
preload_app = False

# A request that takes longer than any store's time-out is a bug; the arbiter replaces the worker.
timeout = 30
graceful_timeout = 20
# Longer than a proxy keeps an idle connection to us, so that it is never we who close one under a request.
keepalive = 75

limit_request_line = 16_384
limit_request_fields = 64
limit_request_field_size = 16_384

# Memory that slowly fragments is given back; the jitter keeps workers from restarting together.
max_requests = int(os.environ.get("WANGOV_WORKER_REQUESTS", "200000"))
max_requests_jitter = max_requests // 10

# No header may pass for what only the server knows (SCRIPT_NAME, the scheme); an underscore in a name is refused.
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "refuse"

accesslog = None
errorlog = "-"
loglevel = "warning"

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_own_metrics_folder = _METRICS not in os.environ
if _own_metrics_folder:
    os.environ[_METRICS] = tempfile.mkdtemp(prefix="wangov-metrics-")


def child_exit(_server: Any, worker: Any) -> None:
    """Fold a dead worker's figures into the shared ones."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the folder's name when it is imported

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave no folder behind."""
    if _own_metrics_folder:
        shutil.rmtree(Path(os.environ[_METRICS]), ignore_errors=True)
