"""Health and metrics. Readiness is about this process; a shared store's outage is told, but takes no instance out."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Blueprint, jsonify, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client import REGISTRY as LOCAL
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response

from idp.errors import StoreUnavailableError
from idp.keys.sealing import KeysMissingError
from idp.web.extensions import db, services

__all__ = ["health"]

health = Blueprint("health", __name__)


@health.get("/health/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="live")


@health.get("/health/ready")
def ready() -> Response:
    """503 while this process cannot serve whatever the stores do (no keys, never started). Stores are in the body."""
    stores = {"postgresql": _state(_ask_database), "valkey": _state(services().ephemeral.ping)}
    keys = _keys()
    response = make_response(
        jsonify(status="ready" if keys == "ok" else "starting", keys=keys, stores=stores), 200 if keys == "ok" else 503
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


def _ask_database() -> None:
    db.session.execute(text("select 1"))


def _state(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (SQLAlchemyError, StoreUnavailableError):
        return "unavailable"
    return "ok"


def _keys() -> str:
    """`ok` once this process holds keys; they are kept, so a later outage of the database does not turn it red."""
    try:
        usable = services().keyring().algorithms(services().clock.now())
    except (KeysMissingError, SQLAlchemyError, StoreUnavailableError):
        return "missing"
    return "ok" if usable else "missing"
