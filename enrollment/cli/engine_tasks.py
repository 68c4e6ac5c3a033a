"""What the worker does for engines: templates of everybody by each that is not retired, and none by those that are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from flask import current_app

from enrollment.engines import Status
from enrollment.errors import Refusal
from enrollment.web import engine_rooms
from enrollment.web.rooms import examiner, vault
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_BATCH = 20
_BATCHES = 10
# Where this process goes on, by engine; then it begins anew, for those who came meanwhile.
_REACHED = "wangov_engines_reached"
_log = structlog.get_logger(__name__)


def extract() -> int:
    """Some rounds for each engine; how many samples were looked at."""
    store = vault()
    if store is None:
        return 0
    work, total = engine_rooms.reextraction(examiner(), store), 0
    reached: dict[str, UUID | None] = current_app.extensions.setdefault(_REACHED, {})
    for engine_id in work.wanting():
        after, rounds = reached.get(engine_id), _BATCHES
        while rounds:
            done = work.round(engine_id, _BATCH, after)
            db.session.commit()
            if isinstance(done, Refusal):
                _log.warning("engine_round_refused", engine=engine_id, code=done.code.value)
                break
            total, after, rounds = total + done.made + done.missed, done.last, rounds - 1
            reached[engine_id] = after
            if after is None:
                break
    return total


def remove() -> int:
    """Templates of retired engines; how many went."""
    store = vault()
    if store is None or not any(one.status is Status.RETIRED for one in engine_rooms.engines().listed()):
        return 0
    total = 0
    for _ in range(_BATCHES):
        gone = engine_rooms.retiring(store).round(_BATCH)
        db.session.commit()
        total += gone
        if gone < _BATCH:
            break
    return total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "engines.extract": (timedelta(seconds=30), extract),
    "engines.remove": (timedelta(minutes=10), remove),
}
