"""What is over of imports: what rows say that were taken or left out, rows of imports that were given up.

Codes and figures stay. Of rows that wait for two people nothing goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, tuple_, update

from enrollment.legacy.models import ImportBatchRow, ImportRowRow
from idp.database import Session
from idp.keys.models import PersonKeyRow

__all__ = ["KEPT", "purge_given_up", "purge_rows"]

# As long as somebody may correct rows by the report, or ask why theirs was left out.
KEPT = timedelta(days=90)


def purge_rows(session: Session, now: datetime, most: int) -> int:
    """Forget what at most so many rows say whose import was done 90 days ago; how many there were.

    The keys of those who did not come into the register by it are destroyed; the others' are their own.
    """
    done = (ImportBatchRow.state == "done", ImportBatchRow.changed_at < now - KEPT)
    rows = _rows(session, most, *done, ImportRowRow.sealed.is_not(None), ImportRowRow.state != "referred")
    _destroy(session, [key for _, key, state in rows if state != "issued"])
    gone = update(ImportRowRow).where(tuple_(ImportRowRow.batch_id, ImportRowRow.row).in_([one for one, _, _ in rows]))
    forgotten = gone.values(sealed=None, legacy_blind=None)
    session.execute(forgotten.execution_options(synchronize_session=False))
    return len(rows)


def purge_given_up(session: Session, now: datetime, most: int) -> int:  # noqa: ARG001 - as every kind that is removed
    """Remove at most so many rows of imports that were given up, with their keys; how many there were."""
    rows = _rows(session, most, ImportBatchRow.state == "discarded")
    _destroy(session, [key for _, key, _ in rows])
    gone = delete(ImportRowRow).where(tuple_(ImportRowRow.batch_id, ImportRowRow.row).in_([one for one, _, _ in rows]))
    session.execute(gone.execution_options(synchronize_session=False))
    return len(rows)


def _rows(session: Session, most: int, *over: ColumnElement[bool]) -> list[tuple[tuple[object, int], object, str]]:
    """Those that nobody has in hand: where they are, their key, their state."""
    wanted = (
        select(ImportRowRow.batch_id, ImportRowRow.row, ImportRowRow.subject_key_id, ImportRowRow.state)
        .join(ImportBatchRow, ImportBatchRow.id == ImportRowRow.batch_id)
        .where(*over)
        .limit(most)
        .with_for_update(skip_locked=True, of=ImportRowRow)
    )
    return [((one.batch_id, one.row), one.subject_key_id, one.state) for one in session.execute(wanted)]


def _destroy(session: Session, keys: list[object]) -> None:
    gone = delete(PersonKeyRow).where(PersonKeyRow.person_id.in_(keys))
    session.execute(gone.execution_options(synchronize_session=False))
