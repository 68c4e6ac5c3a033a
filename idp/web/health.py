"""Health and metrics. Readiness is about this process; a shared store's outage is told, but takes no instance out.

Whoever probes waits a second at most, so a store that says nothing in time is told as unavailable.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Blueprint, Flask, current_app, jsonify, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client import REGISTRY as LOCAL
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response

from idp.database.bounded import new_request
from idp.errors import StoreUnavailableError
from idp.keys.sealing import KeysMissingError
from idp.web.extensions import db, services

__all__ = ["health"]

PATIENCE_SECONDS = 0.5
_HELD = "wangov_keys_held"

health = Blueprint("health", __name__)
# Two probes that meet silent stores; threads start with the first probe, which is after any fork.
_asking = ThreadPoolExecutor(max_workers=6, thread_name_prefix="health")


@health.get("/health/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="live")


@health.get("/health/ready")
def ready() -> Response:
    """503 while this process cannot serve whatever the stores do (no keys, never started). Stores are in the body."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way to the object
    asked = {
        question: _asking.submit(_answer, app, question)
        for question in (_ask_database, services().ephemeral.ping, _ask_keys)
    }
    wait(asked.values(), timeout=PATIENCE_SECONDS)
    postgresql, valkey, keys = (_told(future) for future in asked.values())
    # Keys are kept: once this process holds some, nobody's silence turns it red.
    held = app.extensions[_HELD] = keys is True or (keys is None and app.extensions.get(_HELD, False))
    stores = {"postgresql": _state(known=postgresql), "valkey": _state(known=valkey)}
    response = make_response(
        jsonify(status="ready" if held else "starting", keys="ok" if held else "missing", stores=stores),
        200 if held else 503,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@health.get("/metrics")
def metrics() -> Response:
    """Prometheus text of all workers, for whoever holds the token; without a configured token it does not exist."""
    token = services().options.metrics_token
    if token is None:
        raise NotFound
    offered = request.headers.get("Authorization", "")
    if not hmac.compare_digest(offered.encode(), f"Bearer {token}".encode()):
        raise Unauthorized
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)
    except ValueError:  # a single process keeps its figures in memory
        return LOCAL
    return registry


def _answer(app: Flask, question: Callable[[], object]) -> bool:
    """True when the question was answered. Runs in a thread of its own, as a request of its own."""
    new_request()
    try:
        with app.app_context():
            return question() is not False
    except (KeysMissingError, SQLAlchemyError, StoreUnavailableError):
        return False


def _told(future: Future[bool]) -> bool | None:
    """The answer, or None where there is none yet; a question that nobody has begun to ask is dropped."""
    if future.done():
        return future.result()
    future.cancel()
    return None


def _state(*, known: bool | None) -> str:
    return "ok" if known else "unavailable"


def _ask_database() -> None:
    db.session.execute(text("select 1"))


def _ask_keys() -> bool:
    """Whether something can be signed now."""
    return bool(services().keyring().algorithms(services().clock.now()))
