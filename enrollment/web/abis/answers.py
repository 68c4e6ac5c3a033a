"""What goes out: JSON that nobody stores, and refusals of a token."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, url_for

__all__ = ["answered", "challenge", "later", "missing"]

_JSON = "application/json"


def answered(document: dict[str, Any], status: int = 200) -> Response:
    """A document of the interface."""
    return _fresh(Response(json.dumps(document, separators=(",", ":")), status, content_type=_JSON))


def later(request_id: str) -> Response:
    """The answer is not there yet: 202 says where it will be."""
    response = Response("", 202)
    response.headers["Location"] = url_for("abis.look", request_id=request_id)
    response.headers["Retry-After"] = "1"
    return _fresh(response)


def missing() -> Response:
    """Nobody asked for that."""
    return answered({"error": "not_found"}, 404)


def challenge(status: int, error: str) -> Response:
    """A token is wanted, or another one (RFC 6750 section 3)."""
    response = answered({"error": error} if error else {}, status)
    said = f', error="{error}"' if error else ""
    scope = ', scope="abis"' if status == 403 else ""
    response.headers["WWW-Authenticate"] = f'Bearer realm="wangov"{said}{scope}'
    return response


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
