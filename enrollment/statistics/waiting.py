"""What waits at this moment, by how long it has waited: counted from states alone, without what is practised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from enrollment.statistics.tables import Table, counted
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
_COUNTED = """
    select state, case when changed_at > :now - interval '1 day' then 'day'
                       when changed_at > :now - interval '7 days' then 'week'
                       when changed_at > :now - interval '30 days' then 'month' else 'longer' end as span,
           count(*) as count
    from enrol_application where state = any(:states) {of_centre}
    and not exists (select from centre where centre.id = enrol_application.centre_id and centre.training) group by 1, 2
"""


def tables(session: Session, now: datetime, centre_id: UUID | None = None) -> Iterator[Table]:
    """By stage; by age, without what is ready; and what is ready and nobody has come for, by age."""
    values: dict[str, object] = {"now": now, "states": [state for states in STAGES.values() for state in states]}
    if centre_id is not None:
        values["centre"] = centre_id
    of_centre = "" if centre_id is None else "and centre_id = :centre"
    rows = session.execute(text(_COUNTED.format(of_centre=of_centre)), values).all()
    stage_of = {state: stage for stage, states in STAGES.items() for state in states}
    stages = dict.fromkeys((stage for stage in STAGES if stage != "collection"), 0)
    pending, uncollected = dict.fromkeys(SPANS, 0), dict.fromkeys(SPANS, 0)
    for state, span, count in rows:
        stage = stage_of[state]
        if stage == "collection":
            uncollected[span] += count
        else:
            stages[stage] += count
            pending[span] += count
    yield counted("pending_stage", "stage", stages)
    yield counted("pending_age", "span", pending)
    yield counted("uncollected", "span", uncollected)
