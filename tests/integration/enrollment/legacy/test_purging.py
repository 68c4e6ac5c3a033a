"""What rows of an import say goes when its time is over; codes, figures and people stay."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from enrollment.errors import Refusal
from enrollment.legacy import State, Unreadable, Wishes, digest_of
from enrollment.legacy.models import ImportBatchRow, ImportPieceRow, ImportRowRow
from enrollment.legacy.purging import KEPT, purge_rows
from enrollment.web.legacy_rooms import batches, filing, ground, pieces, reports
from idp.audit.models import AuditRow
from idp.keys.models import PersonKeyRow
from idp.web.extensions import db
from tests.factories.imports import imported
from tests.factories.registers import register

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


def keys_of(*states: str) -> int:
    """How many keys there are of rows in these states."""
    owners = select(ImportRowRow.subject_key_id).where(ImportRowRow.state.in_(states))
    return db.session.scalar(select(func.count()).where(PersonKeyRow.person_id.in_(owners))) or 0


def test_rows_are_forgotten(wangov: Any) -> None:
    """After ninety days, some at a time; who waits for two people waits on, and people keep their keys."""
    file = register(81, 30, share=0.15)
    file.rows[0][3] = "9"
    file.rows[1][8] = "076-12"
    done = imported(wangov.app, file.text().encode())
    others = done["rows"] - done["referred"]
    with wangov.app.app_context():
        batch = db.session.scalars(select(ImportBatchRow.id)).one()
        now = wangov.services.clock.now()
        assert purge_rows(db.session(), now + KEPT - DAY, 1000) == 0
        before = keys_of("issued", "referred")
        assert keys_of("stopped") == 1
        most = others - 5
        assert [purge_rows(db.session(), now + KEPT + DAY, most) for _ in range(3)] == [most, 5, 0]
        assert (keys_of("issued", "referred"), keys_of("stopped")) == (before, 0)
        kept = select(func.count()).where(ImportRowRow.sealed.is_not(None))
        assert db.session.scalar(kept) == done["referred"] > 0
        found = batches().find(batch)
        assert not isinstance(found, Refusal)
        document = reports().document(found)
        assert {name: document[name] for name in done} == done
        lines = "".join(reports().lines(batch))
        assert "\r\n1,,stopped,E_SEX_INVALID,,,,\r\n2,,issued,W_PHONE_INVALID,,,,\r\n" in lines
        db.session.rollback()


def test_an_import_that_nobody_goes_on_with(wangov: Any) -> None:
    """After a month it is given up, with its file, rows and keys, and the trail says so; a younger one stays."""
    with wangov.app.app_context():
        for seed in (82, 83):
            stream = io.BytesIO(register(seed, 12, share=0).text().encode())
            batch = batches().begin(digest_of(stream, Wishes()), Wishes(), 1, None, State.COLUMNS)
            pieces().put(batch.id, stream)
            read = filing(db.session.commit).file(batch, stream, Wishes(), ground())
            assert not isinstance(read, Unreadable)
        old = batches().latest()[-1]
        long_ago = wangov.services.clock.now() - 31 * DAY
        db.session.execute(update(ImportBatchRow).where(ImportBatchRow.id == old.id).values(changed_at=long_ago))
        db.session.commit()
    assert wangov.run("purge", "--json").document["removed"]["imports given up"] == 1
    with wangov.app.app_context():
        states = {row.id: row.state for row in db.session.execute(select(ImportBatchRow.id, ImportBatchRow.state))}
        assert sorted(states.values()) == ["checked", "discarded"]
        assert states[old.id] == "discarded"
        for table in (ImportRowRow, ImportPieceRow):
            left = select(func.count()).select_from(table)
            assert (db.session.scalar(left.where(table.batch_id == old.id)), db.session.scalar(left) != 0) == (0, True)
        assert keys_of("waiting") == db.session.scalar(select(func.count()).select_from(PersonKeyRow))
        said = select(AuditRow.actor).where(AuditRow.event == "import.discarded")
        assert db.session.scalars(said).all() == ["system"]
