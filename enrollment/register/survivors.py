"""Which record goes on for one that was merged, however often: who is found under a closed record is that person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from enrollment.register.lookups import among
from enrollment.register.models import PersonRow
from idp.database import Session

__all__ = ["survivors"]


def survivors(session: Session, person_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Each record -> the one that goes on for it: itself, where it was not merged."""
    ends = {person_id: person_id for person_id in person_ids}
    waiting = set(ends.values())
    while waiting:
        merged = select(PersonRow.id, PersonRow.merged_into)
        rows = session.execute(merged.where(among(PersonRow.id, waiting), PersonRow.merged_into.is_not(None)))
        into = {row.id: row.merged_into for row in rows}
        ends = {person_id: into.get(end, end) for person_id, end in ends.items()}
        waiting = set(into.values())
    return ends
