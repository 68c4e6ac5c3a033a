"""One old number, two people: nobody is left out unseen, whichever file the other one came with."""

from typing import Any

import pytest
from sqlalchemy import func, select

from enrollment.deduplication.models import HitRow
from enrollment.legacy.models import ImportRowRow
from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.web.legacy_rooms import reports
from idp.web.extensions import db
from tests.factories.imports import imported
from tests.factories.registers import Register, register

pytestmark = pytest.mark.integration


def test_a_number_of_two_rows(wangov: Any) -> None:
    """The second is reported with a code, and waits for two people, in whichever transaction the first was taken."""
    file = register(71, 30, share=0)
    count = len(file.rows)
    file.rows[1][0] = file.rows[0][0]
    file.rows[count - 1][0] = file.rows[0][0].lower().replace("-", " ")
    file.rows[4][3] = "9"
    file.rows[5][0] = file.rows[4][0]
    done = imported(wangov.app, file.text().encode(), most=10)
    assert done["problems"] == [
        {"row": 2, "codes": ["W_DUPLICATE"]},
        {"row": 5, "codes": ["E_SEX_INVALID"]},
        {"row": count, "codes": ["W_DUPLICATE"]},
    ]
    assert (done["issued"], done["referred"], done["known"]) == (count - 3, 2, 0)
    assert done["duplicates"] == done["in_register"] == []
    with wangov.app.app_context():
        first = db.session.scalar(select(ImportRowRow.person_id).where(ImportRowRow.row == 1))
        assert list(db.session.scalars(select(HitRow.person_id))) == [first, first]
        assert db.session.scalar(select(func.count()).where(IdentifierRow.type == "legacy")) == count - 3
        batch = db.session.scalars(select(ImportRowRow.batch_id)).first()
        assert batch is not None
        found = {one.code: one.rows for one in reports().counts(batch)}
        assert found == {"E_SEX_INVALID": 1, "W_DUPLICATE": 2}
        lines = "".join(reports().lines(batch))
    assert f"\r\n2,{file.rows[0][0]},referred,W_DUPLICATE,legacy_no,{file.rows[0][0]},,1\r\n" in lines


def test_a_number_of_somebody_of_the_register(wangov: Any) -> None:
    """The same person is known by it; another person with it waits, beside whoever has it."""
    first = register(72, 12, share=0)
    imported(wangov.app, first.text().encode())
    other = register(73, 12, share=0)
    rows = [list(row) for row in first.rows[:3]] + [list(row) for row in other.rows[3:6]]
    for number, row in enumerate(rows[3:]):
        row[0] = first.rows[number + 5][0]
    done = imported(wangov.app, Register(rows).text().encode())
    assert (done["known"], done["issued"], done["referred"]) == (3, 0, 3)
    assert done["in_register"] == [4, 5, 6]
    with wangov.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PersonRow)) == len(first.rows)
        holders = select(ImportRowRow.person_id).where(ImportRowRow.row.in_([6, 7, 8]), ImportRowRow.state == "issued")
        assert set(db.session.scalars(select(HitRow.person_id))) == set(db.session.scalars(holders))
