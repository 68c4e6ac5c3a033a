"""Old numbers of rows that two people looked at: kept once their person is in the register."""

from __future__ import annotations

from sqlalchemy import select, text

from enrollment.cases.models import ApplicationRow
from enrollment.legacy.documents import ABOUT, record_of
from enrollment.legacy.models import ImportRowRow
from enrollment.register import Identifiers, Seals
from enrollment.register.seals import Content
from idp.database import Session

__all__ = ["Numbers"]

AT_A_TIME = 200
_TAKEN = text(
    """
    update import_row set state = 'issued', person_id = v.person_id
    from unnest(cast(:aids as text[]), cast(:people as uuid[])) as v(aid, person_id)
    where import_row.aid = v.aid and import_row.state = 'referred'
    """
)


class Numbers:
    """Looks after rows that waited for adjudicators, in the caller's transaction."""

    def __init__(self, session: Session, seals: Seals, identifiers: Identifiers) -> None:
        self._session = session
        self._seals = seals
        self._identifiers = identifiers

    def keep(self) -> int:
        """Keep the numbers of those who have a record of their own by now, some at a time; how many rows."""
        rows = self._session.execute(
            select(ImportRowRow.row, ImportRowRow.aid, ImportRowRow.sealed, ImportRowRow.subject_key_id,
                   ApplicationRow.person_id)
            .join(ApplicationRow, ApplicationRow.aid == ImportRowRow.aid)
            .where(ImportRowRow.state == "referred", ApplicationRow.state.in_(["issued", "bound", "claimed"]))
            .order_by(ImportRowRow.aid)
            .limit(AT_A_TIME)
        ).all()  # fmt: skip
        contents = [Content(row.subject_key_id, ABOUT, row.sealed or b"") for row in rows]
        opened = self._seals.open(contents)
        told = {
            row.person_id: record_of(row.row, content).legacy_no
            for row, content in zip(rows, opened, strict=True)
            if content is not None
        }
        self._identifiers.keep_legacies({row.person_id: row.subject_key_id for row in rows}, told)
        if rows:
            taken = {"aids": [row.aid for row in rows], "people": [row.person_id for row in rows]}
            self._session.execute(_TAKEN, taken)
        return len(rows)
