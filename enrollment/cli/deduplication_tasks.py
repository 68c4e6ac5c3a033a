"""What the worker does from approval to the end of the search for duplicates. Each step commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from enrollment.cli.deduplicating import deduplication, entries, forget_index, intake
from enrollment.cli.indexes import spare, tidy
from enrollment.deduplication.intake import INTAKE
from enrollment.deduplication.search import DEDUPLICATE, Deduplication
from enrollment.errors import Code, Refusal
from idp.errors import StoreUnavailableError
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_STEPS = (Deduplication.prepare, Deduplication.begin, Deduplication.catch_up, Deduplication.decide)
# A round takes in so many pages of changes; the next one goes on.
_PAGES = 4
_log = structlog.get_logger(__name__)


def take_in(aid: str) -> None:
    """Receive and validate an approved application, and ask for its search."""
    refusal = intake().take(aid)
    db.session.commit()
    if refusal is not None:
        _set_aside(deduplication(), aid, refusal)


def deduplicate(aid: str) -> None:
    """Search for one application: step by step, each committed, so that the next worker goes on where this one died.

    Each step asks anew which index counts: another engine may between two of them.
    """
    for step in _STEPS:
        work = deduplication()
        try:
            refusal = step(work, aid)
        except StoreUnavailableError:
            db.session.rollback()
            refusal = Refusal(Code.ENR_OBJECT, "unavailable")
        except OSError:
            forget_index()
            raise
        db.session.commit()
        if refusal is not None:
            _set_aside(work, aid, refusal)
            return


def release_due() -> int:
    """Let applications go on that were held for a fault. How many."""
    return _counted(intake().release_due())


def remind() -> int:
    """Ask again for what nobody did for too long; never the same again in this round."""
    intake().remind()
    db.session.commit()
    return 0


def withdraw_cancelled() -> int:
    """Take applications that were given up out of the gallery. How many templates."""
    return _counted(entries().withdraw_cancelled())


def keep_ready() -> int:
    """Bring the indexes of other engines than the searched one up to the rows, so that a change finds them ready.

    None of it counts as work: an index whose engine lacks templates has nothing to do but to wait.
    """
    tidy()
    for index in spare():
        try:
            index.follower().prepare(index.gallery, _PAGES)
            index.tell()
        except OSError:
            _log.warning("gallery_not_kept_ready")
            db.session.rollback()
            # All are closed: the next round opens them anew.
            forget_index()
            break
        db.session.commit()
    return 0


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {INTAKE: take_in, DEDUPLICATE: deduplicate}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {
    "enrolment.held": (timedelta(seconds=15), release_due),
    "enrolment.forgotten": (timedelta(minutes=5), remind),
    "gallery.cancelled": (timedelta(minutes=5), withdraw_cancelled),
    "gallery.ready": (timedelta(seconds=15), keep_ready),
}


def _counted(count: int) -> int:
    db.session.commit()
    return count


def _set_aside(work: Deduplication, aid: str, refusal: Refusal) -> None:
    _log.warning("application_set_aside", code=refusal.code.value, about=refusal.about)
    work.set_aside(aid, refusal)
    db.session.commit()
