"""What came of an import, for whoever brought it: figures, and row by row what was wrong and what may have been meant.

The report is read in spreadsheets: a cell that one would take for a formula is written as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from enrollment.cells import plain
from enrollment.legacy.batches import Batch
from enrollment.legacy.documents import ABOUT, record_of
from enrollment.legacy.models import ImportRowRow
from enrollment.legacy.rows import Code
from enrollment.legacy.wishes import Column
from enrollment.register.seals import Content, Seals
from idp.database import Session

__all__ = ["HEADER", "Count", "Reports"]

HEADER = ("row", "legacy_no", "state", "code", "column", "written", "suggested", "of_row")
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows have a code."""

    code: str
    rows: int


class Reports:
    """Reads what is stored of imports."""

    def __init__(self, session: Session, seals: Seals) -> None:
        self._session = session
        self._seals = seals

    def document(self, batch: Batch) -> dict[str, Any]:
        """The answer of `./wangov register import`: rows are counted from 1.

        `accepted` counts rows without an error: `issued` have a number, `referred` wait for two people since they may
        be of somebody who is there (`duplicates` in this file, `in_register`), `known` came by their old number before.
        A row with the old number of another one that is not like it has the code `W_DUPLICATE`, and waits as they do.
        """
        rows = self._session.execute(
            select(ImportRowRow.row, ImportRowRow.codes, ImportRowRow.of_row, ImportRowRow.state)
            .where(ImportRowRow.batch_id == batch.id)
            .where((func.cardinality(ImportRowRow.codes) > 0) | ImportRowRow.of_row.is_not(None)
                   | ImportRowRow.state.in_(["referred", "known"]))
            .order_by(ImportRowRow.row)
        ).all()  # fmt: skip
        return {
            "rows": batch.rows,
            "accepted": batch.rows - batch.stopped,
            "problems": [{"row": row.row, "codes": row.codes} for row in rows if row.codes],
            "duplicates": [
                {"row": row.row, "of_row": row.of_row}
                for row in rows
                if row.of_row is not None and Code.DUPLICATE.value not in row.codes
            ],
            "in_register": [row.row for row in rows if row.state == "referred" and row.of_row is None],
            "import": str(batch.id),
            "state": batch.state.value,
            "issued": batch.issued,
            "referred": batch.referred,
            "known": batch.known,
        }

    def counts(self, batch_id: UUID) -> list[Count]:
        """How many rows have each code, the errors first; duplicates are among the warnings."""
        one = select(func.unnest(ImportRowRow.codes).label("code")).where(ImportRowRow.batch_id == batch_id).subquery()
        rows = self._session.execute(
            select(one.c.code, func.count())
            .where(one.c.code != Code.DUPLICATE.value)
            .group_by(one.c.code)
            .order_by(one.c.code)
        )
        found = [Count(code, count) for code, count in rows]
        again = self._session.scalar(
            select(func.count())
            .select_from(ImportRowRow)
            .where(ImportRowRow.batch_id == batch_id, ImportRowRow.of_row.is_not(None))
        )
        return [*found, Count(Code.DUPLICATE.value, again)] if again else found

    def lines(self, batch_id: UUID) -> Iterator[str]:
        """The report as CSV with the columns of `HEADER`, a line for each problem; UTF-8 with a mark for spreadsheets.

        What was written is opened as it is needed, some hundred rows at a time.
        """
        yield "\ufeff" + _line(HEADER)
        after = 0
        while True:
            wanted = (
                select(ImportRowRow)
                .where(
                    ImportRowRow.batch_id == batch_id,
                    ImportRowRow.row > after,
                    (func.cardinality(ImportRowRow.codes) > 0)
                    | ImportRowRow.of_row.is_not(None)
                    | ImportRowRow.state.in_(["referred", "known"]),
                )
                .order_by(ImportRowRow.row)
                .limit(AT_A_TIME)
            )
            rows = self._session.scalars(wanted).all()
            contents = [Content(row.subject_key_id, ABOUT, row.sealed) for row in rows if row.sealed is not None]
            opened = iter(self._seals.open(contents))
            for row in rows:
                yield from _rows(row, None if row.sealed is None else next(opened))
            if len(rows) < AT_A_TIME:
                return
            after = rows[-1].row


def _rows(row: ImportRowRow, content: bytes | None) -> Iterator[str]:
    record = record_of(row.row, content) if content is not None else None
    number = "" if record is None else record.legacy_no
    of_row = "" if row.of_row is None else str(row.of_row)
    if record is None:
        # What was written is forgotten by now; what was wrong is not.
        for code in row.codes:
            if code != Code.DUPLICATE.value:
                yield _line((str(row.row), "", row.state, code, "", "", "", ""))
    for problem in () if record is None else record.problems:
        column = "" if problem.column is None else problem.column.value
        yield _line(
            (str(row.row), number, row.state, problem.code.value, column, problem.written, problem.suggested, "")
        )
    if row.of_row is not None or row.state in {"referred", "known"}:
        clash = (Column.LEGACY_NO.value, number) if Code.DUPLICATE.value in row.codes else ("", "")
        yield _line((str(row.row), number, row.state, Code.DUPLICATE.value, *clash, "", of_row))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([plain(cell) for cell in cells])
    return out.getvalue()
