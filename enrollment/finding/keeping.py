"""What becomes of searches, and how people recorded before places were indexed come into the index."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from enrollment.finding.models import PeopleSearchRow
from enrollment.register import Register
from enrollment.register.models import NameKeyRow
from enrollment.register.name_keys import STORED
from idp.database import Session
from idp.database.removing import remove

__all__ = ["AT_ONCE", "index_anew", "purge_searches"]

# A day: as long as a search counts for its searcher's limit. The audit trail says for good who looked for whom.
KEPT = timedelta(days=1)
AT_ONCE = 500


def purge_searches(session: Session, now: datetime, most: int) -> int:
    """Remove at most that many searches that are a day old; how many there were."""
    return remove(session, PeopleSearchRow, [PeopleSearchRow.at < now - KEPT], most)


def index_anew(session: Session, register: Register, most: int = AT_ONCE) -> int:
    """Index at most that many people anew whose row is of an older making; how many. Each is done once.

    Rows that another worker holds are left to it.
    """
    old = select(NameKeyRow.person_id).where(NameKeyRow.scheme < STORED).limit(most)
    waiting = session.scalars(old.with_for_update(skip_locked=True)).all()
    for person_id in waiting:
        register.index(person_id)
    return len(waiting)
