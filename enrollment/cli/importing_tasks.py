"""What the worker does for imports. Each commits itself, part by part: a killed one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from enrollment.errors import Refusal
from enrollment.legacy import State, Unreadable, wishes_of
from enrollment.legacy.errands import CHECK, TAKE
from enrollment.web.legacy_rooms import batches, filing, ground, numbers, pieces, taking
from idp.database.patience import patient
from idp.jobs import Jobs
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

# An import that did not move for so long is asked for again: a job may be lost with a queue.
_PATIENCE = timedelta(minutes=10)
# How long one statement about some hundred rows may take.
_SLOWLY = timedelta(minutes=2)


def check_file(batch_id: str) -> None:
    """Read, check and store the rows of a file that was brought."""
    known = UUID(batch_id)
    batch = batches().find(known)
    if isinstance(batch, Refusal) or batch.state not in {State.ASKED, State.READING}:
        return
    wishes, stream = wishes_of(json.dumps(batch.wishes)), pieces().open(known)
    if stream is None or isinstance(wishes, Refusal):
        batches().change(known, state=State.FAILED.value, trouble="mapping")
        db.session.commit()
        return
    with stream, patient(db.engine, _SLOWLY):
        read = filing(db.session.commit).file(batch, stream, wishes, ground())
    if not isinstance(read, Unreadable):
        pieces().forget(known)
    db.session.commit()


def take_rows(batch_id: str) -> None:
    """Take its rows over."""
    with patient(db.engine, _SLOWLY):
        rooms = taking()
        while rooms.some(UUID(batch_id)):
            db.session.commit()
        db.session.commit()


def look_after() -> int:
    """Ask again for what nobody goes on with, and keep the old numbers of people whom adjudicators let pass."""
    stuck = batches().stuck(_PATIENCE)
    for batch in stuck:
        job = TAKE if batch.state is State.TAKING else CHECK
        Jobs(db.session()).defer(job, in_line=str(batch.id), batch_id=str(batch.id))
        batches().change(batch.id)
    kept = numbers().keep()
    db.session.commit()
    return len(stuck) + kept


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {CHECK: check_file, TAKE: take_rows}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"import.looked_after": (timedelta(minutes=5), look_after)}
