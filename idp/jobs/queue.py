"""Asks for a job in the open transaction, by the queue's own statement: no second connection, no second commit."""

from __future__ import annotations

import json

from sqlalchemy import text

from idp.database import Session

__all__ = ["QUEUE", "Jobs"]

QUEUE = "wangov"

# The function by which procrastinate itself defers (schema 3.2 and later); its triggers wake the workers at the commit.
_DEFER = text(
    """
    select procrastinate_defer_jobs_v1(array[
        row(:queue, :task, 0, :line, null, cast(:arguments as jsonb), null)::procrastinate_job_to_defer_v1
    ])
    """
)


class Jobs:
    """Jobs asked for in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def defer(self, task: str, *, in_line: str | None = None, **arguments: str) -> None:
        """Have `task` done with these arguments once the transaction has committed; at least once.

        Of one task, jobs in line for the same thing are done one after the other. Arguments are references, never
        personal values: the queue's tables are not sealed.
        """
        line = None if in_line is None else f"{task}|{in_line}"
        values = {"queue": QUEUE, "task": task, "line": line, "arguments": json.dumps(arguments)}
        self._session.execute(_DEFER, values)
