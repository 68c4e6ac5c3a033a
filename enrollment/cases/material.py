"""Sections where they are stored: opened for judging, sealed for keeping."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from enrollment.cases.case import Case
from enrollment.cases.judging import Excepted, Material
from enrollment.cases.models import ConsentRow, ExceptionRow, SectionRow, VouchRow
from enrollment.cases.sections import Section, Status
from idp.database import Session
from idp.keys import PersonKey, Purpose, Sealer
from idp.keys.models import PersonKeyRow
from idp.keys.person_keys import PersonKeys

__all__ = ["Materials"]

# One statement: it is asked at every field that somebody types.
_AID: BindParameter[str] = bindparam("aid")
_EXCEPTION = func.jsonb_build_array(
    ExceptionRow.position, ExceptionRow.granted_by.is_not(None), ExceptionRow.photo_id.is_not(None)
)
_READ = (
    select(
        SectionRow.name,
        SectionRow.version,
        SectionRow.sealed,
        SectionRow.flag,
        SectionRow.status,
        PersonKeyRow.version.label("key_version"),
        PersonKeyRow.purpose_version,
        PersonKeyRow.wrapped,
        select(func.count())
        .where(ConsentRow.aid == _AID, ConsentRow.withdrawn_at.is_(None))
        .scalar_subquery()
        .label("consents"),
        select(func.count()).where(VouchRow.aid == _AID).scalar_subquery().label("vouches"),
        select(func.jsonb_agg(aggregate_order_by(_EXCEPTION, ExceptionRow.position)))
        .where(ExceptionRow.aid == _AID)
        .scalar_subquery()
        .label("exceptions"),
    )
    .outerjoin(
        PersonKeyRow,
        and_(PersonKeyRow.person_id == bindparam("owner"), PersonKeyRow.purpose == Purpose.ENROLMENT.value),
    )
    .where(SectionRow.aid == _AID)
)


class Materials:
    """Opens and seals what belongs to applications, under the key of each one's subject."""

    def __init__(self, session: Session, keys: PersonKeys, sealer: Sealer) -> None:
        self._session = session
        self._keys = keys
        self._sealer = sealer
        self._read: PersonKey | None = None

    def read(self, case: Case) -> Material:
        """Everything in the sections of one application. Raises `SealBrokenError` for bytes that are not its own."""
        rows = self._session.execute(_READ, {"aid": case.aid, "owner": case.subject_key_id}).all()
        first = rows[0]
        self._read = None
        if first.wrapped is not None:
            self._read = PersonKey(
                case.subject_key_id, Purpose.ENROLMENT, first.key_version, first.purpose_version, first.wrapped
            )
        contents = {
            Section(row.name): json.loads(self._sealer.open(self._read, row.sealed))
            for row in rows
            if row.sealed is not None and self._read is not None
        }
        return Material(
            contents,
            {Section(row.name): row.version for row in rows},
            {Section(row.name): Status(row.status) for row in rows},
            {Section(row.name): row.flag for row in rows if row.flag is not None},
            consented=first.consents > 0,
            exceptions=[Excepted(*held) for held in first.exceptions or ()],
            vouches=first.vouches,
        )

    def sealed(self, case: Case, content: dict[str, Any]) -> bytes:
        """A section as it is stored. Right after `read`, the key is the one that was read."""
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        key, self._read = self._read, None
        if key is not None and key.person_id == case.subject_key_id:
            return self._sealer.seal(key, plain)
        return self._keys.seal(case.subject_key_id, Purpose.ENROLMENT, plain)
