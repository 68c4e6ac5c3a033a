"""Writing figures: rows of a day without anybody in them, and one counter at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.statistics.measures import NOT_KNOWN, Measure
from enrollment.statistics.models import TallyMarkRow, TallyRow
from idp.database import Session

__all__ = ["Group", "Tallies", "Tally"]

# Before anything was counted.
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
# One row on the first of a month for what its days had of each group so far, in place of one for each event.
_TOGETHER = text(
    """
    with loose as (delete from tally where not whole and day < :day returning *),
         months as (select distinct date_trunc('month', day)::date as first from loose),
         held as (delete from tally t using months m
                  where t.whole and t.day >= m.first and t.day < m.first + interval '1 month' returning t.*),
         every as (select * from loose union all select * from held)
    insert into tally (day, centre_id, measure, name, sex, age, division, count, total, whole)
    select date_trunc('month', day)::date, centre_id, measure, name, sex, age, division, sum(count), sum(total), true
    from every group by 1, centre_id, measure, name, sex, age, division
    """
)


@dataclass(frozen=True, slots=True)
class Group:
    """Of whom something is counted, as far as is known."""

    sex: str = NOT_KNOWN
    age: str = NOT_KNOWN
    division: str = NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Tally:
    """Something that happened on a day."""

    day: date
    centre_id: UUID | None
    measure: Measure
    group: Group
    name: str = ""
    count: int = 1
    total: float = 0.0


class Tallies:
    """Keeps figures, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def held(self, name: str) -> datetime | None:
        """How far the counter of this name has come; held until the transaction ends. None while another one counts."""
        begun = upsert(TallyMarkRow).values(name=name, at=_BEGINNING).on_conflict_do_nothing()
        self._session.execute(begun)
        wanted = select(TallyMarkRow.at).where(TallyMarkRow.name == name).with_for_update(skip_locked=True)
        return self._session.scalar(wanted)

    def come_to(self, name: str, at: datetime) -> None:
        """It has come so far."""
        self._session.execute(update(TallyMarkRow).where(TallyMarkRow.name == name).values(at=at))

    def add(self, tallies: Sequence[Tally]) -> None:
        """Keep them."""
        if not tallies:
            return
        rows = [
            {
                "day": one.day,
                "centre_id": one.centre_id,
                "measure": one.measure.value,
                "name": one.name,
                "sex": one.group.sex,
                "age": one.group.age,
                "division": one.group.division,
                "count": one.count,
                "total": one.total,
                "whole": False,
            }
            for one in tallies
        ]
        self._session.execute(insert(TallyRow), rows)

    def put_together(self, day: date) -> None:
        """Make one row of all that a month had of a group on days before this one; nothing is counted twice or lost.

        Figures are of months: a page reads some thousand rows of a country's month, not a million.
        """
        self._session.execute(_TOGETHER, {"day": day})
