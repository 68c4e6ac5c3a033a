"""Sections where they are stored: opened for judging, sealed for keeping."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from enrollment.cases.case import Case
from enrollment.cases.judging import Excepted, Material
from enrollment.cases.models import ConsentRow, ExceptionRow, SectionRow, VouchRow
from enrollment.cases.sections import Section, Status
from idp.database import Session
from idp.keys import Purpose, Sealer
from idp.keys.person_keys import PersonKeys

__all__ = ["Materials"]


class Materials:
    """Opens and seals what belongs to applications, under the key of each one's subject."""

    def __init__(self, session: Session, keys: PersonKeys, sealer: Sealer) -> None:
        self._session = session
        self._keys = keys
        self._sealer = sealer

    def read(self, case: Case) -> Material:
        """Everything in the sections of one application. Raises `SealBrokenError` for bytes that are not its own."""
        rows = self._session.execute(
            select(SectionRow.name, SectionRow.version, SectionRow.sealed, SectionRow.flag, SectionRow.status).where(
                SectionRow.aid == case.aid
            )
        ).all()
        key = self._keys.find(case.subject_key_id, Purpose.ENROLMENT) if any(row.sealed for row in rows) else None
        contents = {
            Section(row.name): json.loads(self._sealer.open(key, row.sealed))
            for row in rows
            if row.sealed is not None and key is not None
        }
        consented, vouches = self._session.execute(
            select(
                select(func.count())
                .where(ConsentRow.aid == case.aid, ConsentRow.withdrawn_at.is_(None))
                .scalar_subquery(),
                select(func.count()).where(VouchRow.aid == case.aid).scalar_subquery(),
            )
        ).one()
        return Material(
            contents,
            {Section(row.name): row.version for row in rows},
            {Section(row.name): Status(row.status) for row in rows},
            {Section(row.name): row.flag for row in rows if row.flag is not None},
            consented=consented > 0,
            exceptions=self._exceptions(case),
            vouches=vouches,
        )

    def sealed(self, case: Case, content: dict[str, Any]) -> bytes:
        """A section as it is stored."""
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        return self._keys.seal(case.subject_key_id, Purpose.ENROLMENT, plain)

    def _exceptions(self, case: Case) -> list[Excepted]:
        rows = self._session.execute(
            select(ExceptionRow.position, ExceptionRow.granted_by, ExceptionRow.photo_id)
            .where(ExceptionRow.aid == case.aid)
            .order_by(ExceptionRow.position)
        )
        return [Excepted(row.position, row.granted_by is not None, row.photo_id is not None) for row in rows]
