"""One line, one count and one id per page: what was answered, never what was asked for (addresses hold secrets)."""

from __future__ import annotations

import time

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from idp.telemetry import count_answer, request_id

__all__ = ["install"]

_log = structlog.get_logger()


def install(app: Flask) -> None:
    """Observe every page of `app`. Comes first, so that it sees what the others answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.wangov_began = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("wangov_began", time.perf_counter())
    endpoint = request.endpoint or "none"
    count_answer(f"page:{endpoint}", str(response.status_code), seconds)
    response.headers["X-Request-Id"] = request_id.get()
    if endpoint != "static":
        spent = round(seconds * 1000)
        _log.info("page", endpoint=endpoint, method=request.method, status_code=response.status_code, ms=spent)
    return response
