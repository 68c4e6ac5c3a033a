"""How a worker of granian runs the application for one request, and may be answered after it has returned.

granian waits for a request's answer, not for the function that it called: the answer may be given later and by another
thread. An application that finds `LATER` in its environment may promise one, and the thread is free for the next
request while the stores are asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

from granian.wsgi import Response, ResponseIterWrap

__all__ = ["LATER", "serving"]

# As idp.protocol.dispatch names it.
LATER = "wangov.later"
_Headers = list[tuple[str, str]]
# granian says nothing about the types of these: its handle of one request, and what takes status, headers and body.
_Request = Any
_Started: Any = Response
_Streamed: Any = ResponseIterWrap


class _Promise:
    """Called by the application that will answer later; returns what takes the answer, once, in any thread."""

    __slots__ = ("_request", "given")

    def __init__(self, request: _Request) -> None:
        self._request = request
        self.given = False

    def __call__(self) -> Callable[[str, _Headers, bytes], None]:
        self.given = True
        return self._answer

    def _answer(self, status: str, headers: _Headers, body: bytes) -> None:
        self._request.response_bytes(int(status[:3]), headers, body)


def serving(
    application: WSGIApplication, options: dict[str, Any], _log_format: str | None = None
) -> Callable[[_Request, dict[str, Any]], None]:
    """What granian calls for each request of `application`."""
    environment: dict[str, Any] = {
        **os.environ,
        "SCRIPT_NAME": options.get("url_path_prefix") or "",
        "SERVER_SOFTWARE": "granian",
        "wsgi.version": (1, 0),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }

    def run(request: _Request, scope: dict[str, Any]) -> None:
        started = _Started()
        promise = _Promise(request)
        body: Any = application({**environment, **scope, LATER: promise}, started)
        if promise.given:
            return
        if isinstance(body, list):
            request.response_bytes(started.status, started.headers, b"".join(body))
        else:
            request.response_iter(started.status, started.headers, _Streamed(body))

    return run
