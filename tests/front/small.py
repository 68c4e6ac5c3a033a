"""A small application for tests of the servers themselves: it tells what a worker knows and has been sent."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["BROKEN", "make"]

# Where this file exists, the application cannot be built.
BROKEN = "SMALL_BROKEN"


def make() -> WSGIApplication:
    """The application. Fails where the file named by `BROKEN` is there."""
    if Path(os.environ[BROKEN]).exists():
        sys.exit("the small application cannot be built")
    settings = os.environ["WANGOV_SMALL_SECRET"]
    warmed: list[str] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        warmed.append(environ["PATH_INFO"])
        told = {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "settings": settings,
            "environment": sorted(os.environ),
            "request": sorted(environ),
            "first": warmed[0],
        }
        body = json.dumps(told).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application
