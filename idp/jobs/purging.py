"""How long jobs that were given up are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from idp.database import Session
from idp.database.removing import counted
from idp.jobs.queue import QUEUE

__all__ = ["JOBS_KEPT", "purge_jobs"]

# Operators can see for a month what failed. Jobs that succeeded are removed at once.
JOBS_KEPT = timedelta(days=30)

# The queue's own events cascade with their job; the last of them says when it was given up.
_PURGE = text(
    """
    with chosen as (
        select id from procrastinate_jobs job
        where job.queue_name = :queue and job.status in ('failed', 'cancelled', 'aborted')
            and not exists (select 1 from procrastinate_events e where e.job_id = job.id and e.at >= :before)
        limit :most for update skip locked
    )
    delete from procrastinate_jobs job using chosen where job.id = chosen.id
    """
)


def purge_jobs(session: Session, now: datetime, most: int) -> int:
    """Remove jobs that were given up long ago."""
    return counted(session, _PURGE.bindparams(queue=QUEUE, before=now - JOBS_KEPT, most=most))
