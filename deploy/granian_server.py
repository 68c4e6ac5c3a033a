"""granian as it serves the product: `python -m deploy.granian_server`, the same for operators and `make run`.

SIGHUP replaces the workers, which read the code anew; SIGTERM stops, requests in flight answered. One socket is opened
here and used by all workers, so a busy port is refused and what waits in the socket's queue outlives a worker.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from deploy.granian_workers import LastingServer
from deploy.process import load_libraries, settle_memory

__all__ = ["main"]

_HEADER_SECONDS = 10
# The request line and all headers together; hyper answers 431 beyond.
_HEADER_BYTES = 65_536
_QUEUE = 2048
# Connections a worker holds. granian counts idle ones too, and takes no new one above this.
_CONNECTIONS = 1024
# In-flight requests of a stopping worker get this long.
_GRACEFUL_SECONDS = 20
_SAMPLE_SECONDS = 60
_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def main(arguments: list[str]) -> int:
    """Serve until told to stop. Exit status 1 when the address is taken or workers keep failing."""
    options = _options(arguments)
    host, _, port = options.bind.rpartition(":")
    try:
        listener = _listener(host.strip("[]"), int(port))
    except OSError as error:
        sys.stderr.write(f"granian: cannot listen on {options.bind}: {error.strerror or error}\n")
        return 1
    # Workers inherit the socket and the libraries.
    multiprocessing.set_start_method("fork")
    with _metrics_folder():
        settle_memory()
        load_libraries()
        _server(options, listener).run()
    return 0


def _server(options: argparse.Namespace, listener: socket.socket) -> LastingServer:
    return LastingServer(
        options.application,
        listener=listener,
        address=listener.getsockname()[0],
        port=listener.getsockname()[1],
        interface=Interfaces.WSGI,
        factory=True,
        workers=options.workers,
        blocking_threads=options.threads,
        backlog=_QUEUE,
        backpressure=_CONNECTIONS,
        # HTTP/1.1 only: a proxy speaks nothing else to us, and detecting HTTP/2 would wait without a limit.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES),
        websockets=False,
        log_level=LogLevels.error,
        ssl_cert=options.certificate,
        ssl_key=options.key,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACEFUL_SECONDS,
        # Spread, so that instances started together do not renew their workers together.
        workers_lifetime=options.lifetime + options.lifetime * (os.getpid() % 100) // 1000,
        workers_max_rss=options.memory,
        rss_sample_interval=_SAMPLE_SECONDS,
    )


@contextlib.contextmanager
def _metrics_folder() -> Iterator[None]:
    """Where workers add up their figures: the folder that the environment names, else one of ours for this run."""
    if _METRICS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="wangov-metrics-") as folder:
        os.environ[_METRICS] = folder
        yield


def _options(arguments: list[str]) -> argparse.Namespace:
    given = os.environ
    parser = argparse.ArgumentParser(prog="python -m deploy.granian_server", description=__doc__)
    parser.add_argument("--application", default="wsgi:create_server_app", help="module:factory")
    parser.add_argument("--bind", default=given.get("WANGOV_BIND", "127.0.0.1:8000"), help="address:port")
    parser.add_argument("--workers", type=int, default=int(given.get("WANGOV_WORKERS", "2")))
    parser.add_argument("--threads", type=int, default=int(given.get("WANGOV_THREADS", "32")), help="in each worker")
    parser.add_argument("--lifetime", type=int, default=6 * 3600, help="seconds until a worker is renewed")
    parser.add_argument("--memory", type=int, default=384, help="MiB of a worker's memory above which it is renewed")
    parser.add_argument("--certificate", type=Path, help="PEM file; without it plain http")
    parser.add_argument("--key", type=Path, help="PEM file (PKCS#8)")
    return parser.parse_args(arguments)


def _listener(host: str, port: int) -> socket.socket:
    """The one socket. Raises OSError when the address is in use: granian itself would share it in silence."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(_QUEUE)
    return listener


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
