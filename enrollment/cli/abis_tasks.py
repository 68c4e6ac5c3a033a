"""What the worker does for other systems: insert and identify, one after another for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from enrollment.abis import Asked, Errand, Failure, Operation, References, Searching
from enrollment.abis.desk import WORK
from enrollment.abis.messages import Faulty, failed, succeeded
from enrollment.abis.models import AbisReferenceRow
from enrollment.cli.abis_indexes import forget_indexes, open_clients, passing, whole
from enrollment.cli.capturing import vault
from enrollment.errors import Refusal
from enrollment.gallery import Follower
from enrollment.web.abis_rooms import ledger, probes, source
from idp.audit import AuditEvent, Event
from idp.errors import StoreUnavailableError
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["ROUNDS", "TASKS"]

_KEPT = timedelta(days=1)
_log = structlog.get_logger(__name__)


def work(job: str) -> None:
    """Do one request. Whatever goes wrong becomes its answer: nothing stands in the way of the client's next one."""
    errand = ledger().open(UUID(job))
    db.session.commit()
    if errand is None:
        return
    try:
        outcome = _done(errand)
    except StoreUnavailableError:
        db.session.rollback()
        outcome = Failure.INTERNAL
    except OSError:
        db.session.rollback()
        forget_indexes()
        outcome = Failure.INTERNAL
    except Exception as error:  # noqa: BLE001 - a bug is an answer too, and its text reaches no log
        db.session.rollback()
        _log.error("abis_unexpected", operation=errand.asked.operation.short, kind=type(error).__name__)
        outcome = Failure.UNEXPECTED
    if isinstance(outcome, Failure):
        # What a failed insert wrote goes, its place is free again.
        db.session.rollback()
        if errand.subject_id is not None:
            _references(errand.client_id).release(errand.subject_id)
    _answer(errand, outcome)
    db.session.commit()


def follow() -> int:
    """Let the open indexes forget what was deleted. None of it counts as work: there is always something to look at."""
    for client_id in open_clients():
        _searching(client_id).catch_up(Asked(Operation.IDENTIFY, ""))
        db.session.commit()
    return 0


def forget() -> int:
    """Forget what was answered long ago."""
    count = ledger().forget(services().clock.now() - _KEPT)
    db.session.commit()
    return count


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {WORK: work}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "abis.follow": (timedelta(minutes=1), follow),
    "abis.forgotten": (timedelta(hours=1), forget),
}


def _done(errand: Errand) -> dict[str, Any] | Failure:
    if errand.asked.operation is Operation.INSERT:
        return _insert(errand)
    return _identify(errand)


def _insert(errand: Errand) -> dict[str, Any] | Failure:
    made = _fetched(errand.asked)
    if isinstance(made, Failure) or errand.subject_id is None:
        return made if isinstance(made, Failure) else Failure.UNEXPECTED
    filled = _references(errand.client_id).fill(errand.subject_id, made)
    if isinstance(filled, Refusal):
        return Failure.INTERNAL
    return {} if filled else _inserted_before(errand)


def _inserted_before(errand: Errand) -> dict[str, Any] | Failure:
    """A worker that died before it could say so had stored it; else it was deleted while it waited."""
    held = db.session.get(AbisReferenceRow, errand.subject_id)
    return Failure.ABORTED if held is None else {}


def _identify(errand: Errand) -> dict[str, Any] | Failure:
    asked, searching = errand.asked, _searching(errand.client_id)
    if asked.reference_id:
        held = searching.probe(asked)
        if isinstance(held, Failure):
            return held
        own, probe = held
    else:
        made = _fetched(asked)
        if isinstance(made, Failure):
            return made
        own, probe = None, [one.template for one in made]
    db.session.commit()
    behind = searching.catch_up(asked)
    db.session.commit()
    return behind or searching.candidates(asked, probe, own)


def _fetched(asked: Asked) -> Any:
    content = source().fetch(asked.url)
    return content if isinstance(content, Failure) else probes().made(content)


def _answer(errand: Errand, outcome: dict[str, Any] | Failure) -> None:
    asked, now = errand.asked, services().clock.now()
    if isinstance(outcome, Failure):
        document, told = failed(Faulty(outcome, asked.operation.value, asked.request_id), now), f"2/{outcome.value}"
    else:
        document, told = succeeded(asked, now, **outcome), "1"
    if ledger().answer(errand.id, document):
        _log.info("abis_answered", operation=asked.operation.short, outcome=told)
        body = {"operation": asked.operation.short, "outcome": told}
        trail().append(AuditEvent(Event.ABIS_ANSWERED, client_id=errand.client_id, actor="system", body=body))


def _references(client_id: str) -> References:
    shared = services()
    return References(db.session(), client_id, vault(), shared.clock, shared.entropy)


def _searching(client_id: str) -> Searching:
    from enrollment.gallery.local import ENGINES  # noqa: PLC0415 - no web process loads it

    held = _references(client_id)
    follower = Follower(held, vault(), ENGINES)
    return Searching(held, follower, partial(whole, client_id), partial(passing, client_id), ENGINES)
