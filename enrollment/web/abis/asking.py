"""The two views: one takes requests, one tells what came of them. Each commits once for what it wrote."""

from __future__ import annotations

import json
import re
import threading
import time
from hashlib import sha256
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from enrollment.abis import Failure, Waiting
from enrollment.abis.messages import Faulty, failed
from enrollment.web.abis.answers import answered, later, missing
from enrollment.web.abis.blueprint import abis
from enrollment.web.abis.calling import caller
from enrollment.web.abis_rooms import desk, ledger
from idp.web.extensions import db, services

__all__ = ["ask", "look"]

# Threads of a process that may stand and wait for a worker; whoever comes beyond them asks again.
_STANDING = threading.BoundedSemaphore(4)
_MOST_SECONDS = 30
_SECONDS = 20
_PAUSE = 0.1
_WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,3})(?:$|[,;\s])")


@abis.post("")
@abis.post("/<string:operation>")
def ask(operation: str | None = None) -> AnyResponse:
    """Take a request. `Prefer: wait=N` (RFC 7240) waits up to 30 seconds for its answer, 20 if nothing is said."""
    client_id = caller()
    if not isinstance(client_id, str):
        return client_id
    room = desk(client_id)
    if room is None:
        return _cannot(Failure.INTERNAL, 503)
    content = request.get_data(cache=False)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _cannot(Failure.STRUCTURE, 400)
    told = room.ask(document, sha256(content).digest(), operation)
    db.session.commit()
    if not isinstance(told, Waiting):
        return answered(told)
    found = _stood(client_id, told.request_id, _seconds())
    return later(told.request_id) if found is None else answered(found)


@abis.get("/jobs/<path:request_id>")
def look(request_id: str) -> AnyResponse:
    """What came of a request of this client: its answer, 202 while there is none, 404 if it never came."""
    client_id = caller()
    if not isinstance(client_id, str):
        return client_id
    known = ledger().known(client_id, request_id)
    db.session.rollback()
    if known is None:
        return missing()
    return later(request_id) if known.answer is None else answered(known.answer)


def _stood(client_id: str, request_id: str, seconds: int) -> dict[str, Any] | None:
    """The answer, if a worker gives it in time. No connection is held while nothing is asked."""
    if seconds == 0 or not _STANDING.acquire(blocking=False):
        return None
    try:
        until = time.monotonic() + seconds
        while True:
            known = ledger().known(client_id, request_id)
            db.session.rollback()
            if known is None or known.answer is not None:
                return None if known is None else known.answer
            if time.monotonic() >= until:
                return None
            time.sleep(_PAUSE)
    finally:
        _STANDING.release()


def _seconds() -> int:
    preference = ",".join(request.headers.getlist("Prefer"))
    if "respond-async" in preference:
        return 0
    found = _WAIT.search(preference)
    return _SECONDS if found is None else min(int(found[1]), _MOST_SECONDS)


def _cannot(failure: Failure, status: int) -> Response:
    return answered(failed(Faulty(failure), services().clock.now()), status)
