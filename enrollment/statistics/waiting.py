"""What waits at this moment, by how long it has waited: counted from states alone, without what is practised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from enrollment.statistics.hiding import shown_counts, shown_grid
from enrollment.statistics.tables import Table, told
from idp.database import Session

__all__ = ["SPANS", "STAGES", "tables"]

SPANS = ("day", "week", "month", "longer")
"""How long something waits: up to a day, a week, thirty days, and longer."""

STAGES = {
    "capture": ("capturing", "returned", "recapture"),
    "review": ("signed", "in_review"),
    "register": ("approved", "received", "validated", "dedup", "accepted", "issued", "held"),
    "adjudication": ("adjudication", "appeal"),
    "collection": ("bound",),
}
_COUNTED = text(
    """
    select coalesce(centre_id::text, '') as centre, state,
           case when changed_at > :now - interval '1 day' then 'day'
                when changed_at > :now - interval '7 days' then 'week'
                when changed_at > :now - interval '30 days' then 'month' else 'longer' end as span,
           count(*) as often
    from enrol_application where state = any(:states)
      and not exists (select from centre where centre.id = enrol_application.centre_id and centre.training)
    group by 1, 2, 3
    """
)


def tables(session: Session, now: datetime, centre_id: UUID | None = None) -> Iterator[Table]:
    """By stage; by age, without what is ready; and what is ready and nobody has come for, by age.

    Every centre is counted, whichever is asked for: what one page hides is not the country less the others.
    """
    place = None if centre_id is None else str(centre_id)
    states = [state for states in STAGES.values() for state in states]
    stage_of = {state: stage for stage, states in STAGES.items() for state in states}
    waiting = tuple(stage for stage in STAGES if stage != "collection")
    stages, pending, uncollected = (_Counts(names, place) for names in (waiting, SPANS, SPANS))
    for row in session.execute(_COUNTED, {"now": now, "states": states}):
        stage = stage_of[row.state]
        if stage == "collection":
            uncollected.add(row.centre, row.span, row.often)
        else:
            stages.add(row.centre, stage, row.often)
            pending.add(row.centre, row.span, row.often)
    yield stages.table("pending_stage", "stage")
    yield pending.table("pending_age", "span")
    yield uncollected.table("uncollected", "span")


class _Counts:
    """Counts of each centre by name; of `place` too where there is nothing."""

    def __init__(self, names: tuple[str, ...], place: str | None) -> None:
        self._names = names
        self._place = place
        self._counts = {place or "": dict.fromkeys(names, 0)}

    def add(self, centre: str, name: str, often: int) -> None:
        """Count what a centre has of a name."""
        self._counts.setdefault(centre, dict.fromkeys(self._names, 0))[name] += often

    def table(self, key: str, names: str) -> Table:
        """Of the place that was asked for, or of all."""
        grid = shown_grid(self._counts)
        if self._place is not None:
            return told(key, names, grid.cells[self._place], grid.places[self._place])
        shown, total = shown_counts({name: sum(row[name] for row in self._counts.values()) for name in self._names})
        cells = {name: None if grid.names[name] is None else count for name, count in shown.items()}
        return told(key, names, cells, total)
