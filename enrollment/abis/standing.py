"""How the galleries of other systems stand to the engines that can be asked: what has to be inserted again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from enrollment.abis.models import AbisReferenceRow, AbisTemplateRow
from idp.database import Session

__all__ = ["Standing", "of_others", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Of `held` references of a client, `again` have templates of another engine: no picture of them is kept."""

    client_id: str
    held: int
    again: int


def standing(session: Session, engines: Collection[str]) -> tuple[Standing, ...]:
    """Every client that has references, by its identifier; `engines` are those whose templates can be compared."""
    rows = session.execute(
        select(AbisReferenceRow.client_id, func.count(), func.count().filter(_strange(engines)))
        .where(AbisReferenceRow.state == "held")
        .group_by(AbisReferenceRow.client_id)
        .order_by(AbisReferenceRow.client_id)
    )
    return tuple(Standing(*row) for row in rows)


def of_others(session: Session, subject_ids: Collection[UUID], engines: Collection[str]) -> int:
    """How many of these subjects have a template of an engine that is none of these."""
    counted = select(func.count()).where(AbisReferenceRow.subject_id.in_(list(subject_ids)), _strange(engines))
    return session.scalar(counted.select_from(AbisReferenceRow)) or 0


def _strange(engines: Collection[str]) -> ColumnElement[bool]:
    return exists(
        select(AbisTemplateRow.object_id).where(
            AbisTemplateRow.subject_id == AbisReferenceRow.subject_id, AbisTemplateRow.engine.not_in(list(engines))
        )
    )
