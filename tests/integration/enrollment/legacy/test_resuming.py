"""An import that dies at any statement goes on where it was, and ends as one that lived."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

from enrollment.cases import Case, Kind, State, Task
from enrollment.cases.taking_in import TakingIn
from enrollment.cases.transitions import Event, Guard
from enrollment.legacy.models import ImportRowRow
from enrollment.register.models import PersonRow
from idp.audit import Trail
from idp.web.extensions import db
from tests.factories.imports import imported, left_behind
from tests.factories.registers import register

pytestmark = pytest.mark.integration

POINTS = 6


class DiedError(Exception):
    """The process is gone, as far as the database knows."""


@contextmanager
def dying(app: Any, statement: int) -> Iterator[list[int]]:
    """Let the process die at the statement of this number; the list counts them."""
    count = [0]

    def before(*_: object) -> None:
        count[0] += 1
        if count[0] == statement:
            raise DiedError

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", before)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", before)


def test_it_goes_on_where_it_died(wangov: Any) -> None:
    """At seeded statements, one after the other: nothing is half done, nothing is there twice."""
    file = register(61, 45, share=0.15)
    file.rows[3][3] = "9"
    content = file.text().encode()
    with dying(wangov.app, 0) as count:
        whole = imported(wangov.app, content)
    expected = left_behind(wangov.app)
    assert whole["state"] == "done"
    assert whole["issued"] + whole["referred"] + 1 == whole["rows"]
    assert imported(wangov.app, content) == whole
    assert left_behind(wangov.app) == expected
    # Another register in the same country: the same steps, killed at each of these statements.
    other = register(62, 45, share=0.15)
    for row in other.rows:
        row[0] = f"B{row[0][4:]}"
    dice = random.Random(7)  # noqa: S311 - the same points at every run
    died = 0
    for statement in sorted(dice.sample(range(3, count[0]), POINTS)):
        try:
            with dying(wangov.app, statement):
                imported(wangov.app, other.text().encode())
        except DiedError:
            died += 1
    assert died >= POINTS - 2
    done = imported(wangov.app, other.text().encode())
    assert done["state"] == "done"
    assert done["issued"] + done["referred"] == done["rows"] == len(other.rows)
    after = left_behind(wangov.app)
    assert after["person"] == expected["person"] + done["issued"]
    assert after["enrol_application"] == expected["enrol_application"] + done["rows"]
    # What one row of each kind leaves behind is the same, however often the work died.
    assert after["enrol_event"] == expected["enrol_event"] + 6 * done["issued"] + 4 * done["referred"]
    assert after["moved"] == after["enrol_event"]
    assert after["identifier"] == expected["identifier"] + 2 * done["issued"]


def test_a_later_file_meets_the_register(wangov: Any) -> None:
    """Old numbers that are there are known; the same person under another number waits for two people."""
    first = register(63, 30, share=0)
    imported(wangov.app, first.text().encode())
    rows = [list(row) for row in first.rows]
    for row in rows[:10]:
        row[0] = f"C{row[0][4:]}"
    second = type(first)(rows)
    done = imported(wangov.app, second.text().encode())
    assert (done["known"], done["issued"]) == (len(rows) - 10, 0)
    assert done["in_register"] == list(range(1, 11))
    assert done["duplicates"] == []
    with wangov.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PersonRow)) == len(rows)


def test_nothing_readable_is_kept(wangov: Any) -> None:
    """No name, number or telephone of a row stands in a row of ours, also of those that were not taken."""
    file = register(64, 8, share=0)
    file.rows[0][3] = "9"
    imported(wangov.app, file.text().encode())
    with wangov.app.app_context():
        kept = db.session.scalars(select(ImportRowRow)).all()
        dump = b"".join(bytes(row.sealed or b"") + repr(row.codes).encode() + (row.legacy_blind or b"") for row in kept)
    for row in file.rows:
        for cell in (row[0], row[1], row[8], row[9]):
            assert not cell or cell.encode() not in dump


def test_a_step_must_be_true(wangov: Any) -> None:
    """Many at once go by the table and its conditions, as one does: no step, no condition, no move."""
    with wangov.app.app_context():
        services = wangov.services
        trail = Trail(db.session, services.clock, services.entropy)
        taking = TakingIn(db.session, services.clock, services.entropy, trail, Task("import"))
        case = _case(services.entropy)
        for move, holds in (
            (Event.CLEAR, {}),
            (Event.CLEAR, {Guard.SOME_MODALITY: lambda some: {one.aid for one in some}}),
            (Event.APPROVE, {}),
            (Event.ISSUE, {}),
        ):
            with pytest.raises(RuntimeError):
                taking.step([case], move, holds=holds)
        db.session.rollback()


def _case(entropy: Any) -> Case:
    values = dict.fromkeys(Case.__dataclass_fields__)
    values |= {"aid": "A", "kind": Kind.IMPORT, "state": State.DEDUP, "version": 3, "searched": False, "tries": 0}
    return Case(**values | {"subject_key_id": entropy.uuid()})  # type: ignore[arg-type]  # the rest is not asked for
