"""The last resort: every error becomes a plain page with a way on. No exception's text ever leaves."""

from __future__ import annotations

import traceback

import structlog
from flask import Flask, current_app, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from idp.database.bounded import waited_in_vain
from idp.errors import StoreUnavailableError
from idp.keys.sealing import KeysMissingError
from idp.telemetry import request_id
from idp.web.extensions import db

__all__ = ["RETRY_SECONDS", "error_page", "install", "unavailable", "way_back"]

RETRY_SECONDS = 5
MAX_FRAMES = 12
_log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Answer the errors of all views of `app`."""
    app.register_error_handler(HTTPException, _refused)
    for outage in (StoreUnavailableError, KeysMissingError, OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(outage, unavailable)
    app.register_error_handler(Exception, _broken)
    app.after_request(_end_transaction)


def error_page(status: int, *, retry_url: str | None = None, minutes: int | None = None) -> Response:
    """A page for an error that has none of its own."""
    page = render_template(
        "errors/error.html", status=status, reference=request_id.get(), retry_url=retry_url, minutes=minutes
    )
    return make_response(page, status)


def way_back() -> str | None:
    """The page a form stood on: its own address, or the one above it; None where neither can be visited."""
    path = request.path
    for candidate in (path, path.rpartition("/")[0]):
        if candidate and _is_page(candidate):
            return f"{request.script_root}{candidate}"
    return None


def _is_page(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(path, method="GET"))
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False


def _refused(error: HTTPException) -> Response:
    if isinstance(error, RequestRedirect):  # a redirect of the router's would be built from the caller's Host
        return error_page(404)
    formed = request.method not in {"GET", "HEAD"} or isinstance(error, MethodNotAllowed)
    response = error_page(error.code or 500, retry_url=way_back() if formed else None)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def unavailable(error: Exception) -> Response:
    """A store is away, or the installation has no keys: nothing was done, come back in a moment."""
    _log.warning("store_unavailable", kind=type(error).__name__)
    _drop_transaction()
    response = error_page(503, retry_url=_same_address() if request.method == "GET" else way_back())
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _end_transaction(response: Response) -> Response:
    """What a view only read ends here, where a connection that has died meanwhile cannot take the page with it."""
    _drop_transaction()
    return response


def _drop_transaction() -> None:
    """Undo what the view left open. Where its connection died or fell silent the database does that by itself."""
    if waited_in_vain():
        db.session().invalidate()
        return
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session().invalidate()


def _same_address() -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{request.script_root}{request.path}{'?' if query else ''}{query}"


def _broken(error: Exception) -> Response:
    """A bug.

    The log tells what kind and where; an exception's text may hold personal values and is left out.
    """
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    _log.error("unexpected_error", kind=type(error).__name__, where=where)
    return error_page(500)
