"""Serving a demo on this machine until it is told to stop."""

import logging
import signal
import sys
import threading
from types import FrameType

from flask import Flask
from werkzeug.serving import make_server

__all__ = ["serve"]


def serve(app: Flask, port: int, name: str) -> None:
    """Serve `app` at http://localhost:`port` until SIGTERM or Ctrl-C; a busy port is one clear line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    try:
        server = make_server("127.0.0.1", port, app, threaded=True)
    except (OSError, SystemExit):
        sys.exit(f"{name}: port {port} is taken")

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logging.getLogger(__name__).info("%s: http://localhost:%d", name, port)
    server.serve_forever()
