"""What `./wangov purge` removes for the registration centre."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from enrollment.capture.captures import Captures
from enrollment.capture.documents import Documents
from enrollment.capture.forgetting import Forgetting
from enrollment.cases.purging import purge_replies
from enrollment.cli.deduplicating import entries
from enrollment.finding.keeping import purge_searches
from enrollment.issuance.leftovers import Leftovers
from enrollment.issuance.purging import purge_slips
from enrollment.legacy.batches import GIVEN_UP_FROM
from enrollment.legacy.purging import purge_given_up, purge_rows
from enrollment.life_events.purging import purge_service_events
from enrollment.verification.purging import purge_checks, purge_comparisons
from enrollment.web import rooms
from enrollment.web.legacy_rooms import batches, pieces
from idp.cli.purge import Kind
from idp.database import Session
from idp.web.extensions import services
from idp.web.rooms import trail

__all__ = ["KINDS", "leftovers"]

_AT_ONCE = 50
_IDLE = timedelta(days=30)


def leftovers(session: Session) -> Leftovers | None:
    """What is left of applications; None without an object store."""
    held, means = rooms.vault(), services()
    if held is None:
        return None
    over = (session, held, rooms.examiner(), means.purpose_keys, means.clock, means.entropy)
    return Leftovers(session, Forgetting(session, Captures(*over), Documents(*over)), entries(), trail())


def _forget(session: Session, now: datetime, most: int) -> int:
    """Each has many samples to remove, so that a batch is many transactions."""
    found, total, count = leftovers(session), 0, _AT_ONCE
    while found is not None and count == _AT_ONCE and total < most:
        count = found.forget_due(now, _AT_ONCE)
        session.commit()
        total += count
    return total


def _give_up(_session: Session, _now: datetime, _most: int) -> int:
    """Imports that nobody went on with for a month: of few of them anything is left to remove."""
    kept, count = batches(), 0
    for one in kept.idle(_IDLE):
        held = kept.hold(one.id, *GIVEN_UP_FROM)
        if held is not None:
            kept.discard(held, None)
            pieces().forget(one.id)
            count += 1
    return count


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "answers to requests": purge_replies,
        "activation slips": purge_slips,
        "applications that led to nothing": _forget,
        "checks at counters": purge_checks,
        "comparisons": purge_comparisons,
        "imports given up": _give_up,
        "rows of imports": purge_rows,
        "rows of imports given up": purge_given_up,
        "searches for people": purge_searches,
        "what services were told": purge_service_events,
    }
)
