"""An import of an older register in parts, and all that it left in the database, to compare one run with another."""

from __future__ import annotations

import io
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from enrollment.cases.models import ApplicationRow, EventRow, SectionRow
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.errors import Refusal
from enrollment.issuance.models import IssuanceRow
from enrollment.legacy import Batch, State, Unreadable, Wishes, digest_of
from enrollment.legacy.models import ImportRowRow
from enrollment.register.models import IdentifierRow, NameKeyRow, PersonAccountRow, PersonRow, PersonVersionRow
from enrollment.web.legacy_rooms import batches, filing, ground, reports, taking
from idp.audit.models import AuditRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db

__all__ = ["imported", "left_behind"]

_TABLES = (
    ApplicationRow, EventRow, SectionRow, HitRow, SearchRow, IssuanceRow, ImportRowRow, IdentifierRow, NameKeyRow,
    PersonAccountRow, PersonRow, PersonVersionRow, SubscriberRow,
)  # fmt: skip


def imported(app: Flask, content: bytes, most: int = 20) -> dict[str, Any]:
    """Take a file over, `most` rows in each transaction; what the command would print, but for the import's name."""
    with app.app_context():
        try:
            batch = _taken(content, most)
            document = reports().document(batch)
        finally:
            db.session.rollback()
    return {name: value for name, value in document.items() if name != "import"}


def left_behind(app: Flask) -> dict[str, int]:
    """How many rows each table has, and how many events were audited for applications."""
    with app.app_context():
        counts = {one.__tablename__: db.session.scalar(select(func.count()).select_from(one)) or 0 for one in _TABLES}
        moved = select(func.count()).where(AuditRow.event == "enrolment.moved")
        return counts | {"moved": db.session.scalar(moved) or 0}


def _taken(content: bytes, most: int) -> Batch:
    stream = io.BytesIO(content)
    kept = batches()
    batch = kept.begin(digest_of(stream, Wishes()), Wishes(), len(content), None, State.ASKED)
    db.session.commit()
    if batch.state in {State.ASKED, State.READING}:
        read = filing(db.session.commit).file(batch, stream, Wishes(), ground())
        assert not isinstance(read, Unreadable), read
    while taking().some(batch.id, most):
        db.session.commit()
    db.session.commit()
    done = kept.find(batch.id)
    assert not isinstance(done, Refusal)
    return done
