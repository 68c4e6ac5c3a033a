"""What each officer of a centre did in some days: opened, signed, returned to them, and how long a person took.

Figures are about the work and never about an applicant: they name officers and count applications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.clock import Clock
from idp.database import Session

__all__ = ["LONGEST", "Figures", "OfficerFigures"]

LONGEST = timedelta(days=366)

# What was signed counts for whoever signed it last before it was returned or rejected, and takes as long as from when
# the person was there (opened, came, taken up again) to the signature.
_COUNTED = text(
    """
    with happened as (
        select e.aid, e.n, e.event, e.actor_id, e.at
        from enrol_event e join enrol_application a on a.aid = e.aid
        where a.centre_id = :centre and a.changed_at >= :since and e.at >= :since
          and e.event in ('open', 'start', 'sign', 'send_back', 'reject')
    ), told as (
        select h.event,
               case when h.event in ('send_back', 'reject') then signed.actor_id else h.actor_id end as officer,
               case when h.event = 'sign' then extract(epoch from h.at - began.at) / 60 end as minutes
        from happened h
        left join lateral (
            select s.actor_id from enrol_event s
            where s.aid = h.aid and s.n < h.n and s.event = 'sign' order by s.n desc limit 1
        ) signed on h.event in ('send_back', 'reject')
        left join lateral (
            select b.at from enrol_event b
            where b.aid = h.aid and b.n < h.n and b.event in ('open', 'start', 'resume') order by b.n desc limit 1
        ) began on h.event = 'sign'
    )
    select officer,
           count(*) filter (where event in ('open', 'start')) as opened,
           count(*) filter (where event = 'sign') as signed,
           count(*) filter (where event = 'send_back') as returned,
           count(*) filter (where event = 'reject') as rejected,
           percentile_cont(0.5) within group (order by minutes) filter (where minutes is not null) as minutes
    from told where officer is not null group by officer
    """
)
_EXCEPTED = text(
    """
    select x.noted_by as officer, count(*) as exceptions
    from enrol_exception x join enrol_application a on a.aid = x.aid
    where a.centre_id = :centre and x.noted_at >= :since group by x.noted_by
    """
)


@dataclass(frozen=True, slots=True)
class OfficerFigures:
    """One officer's. `minutes` is the median from the person's coming to the signature; None where none was signed."""

    officer_id: UUID
    opened: int = 0
    signed: int = 0
    returned: int = 0
    rejected: int = 0
    exceptions: int = 0
    minutes: float | None = None


class Figures:
    """Counts what happened at a centre."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def of_centre(self, by: Actor, span: timedelta) -> list[OfficerFigures] | Refusal:
        """Every officer who did something at the actor's centre in the last `span`, up to a year; the busiest first.

        Refused: `ENR_ROLE` (no supervisor), `ENR_UNKNOWN` (`posting`: there is none today), `ENR_SCHEMA` (`span`).
        """
        if not by.holds(Role.SUPERVISOR):
            return Refusal(Code.ENR_ROLE)
        if by.centre_id is None:
            return Refusal(Code.ENR_UNKNOWN, "posting")
        if not timedelta() < span <= LONGEST:
            return Refusal(Code.ENR_SCHEMA, "span")
        asked = {"centre": by.centre_id, "since": self._clock.now() - span}
        counted = {row["officer"]: row for row in self._session.execute(_COUNTED, asked).mappings()}
        excepted = {row.officer: row.exceptions for row in self._session.execute(_EXCEPTED, asked)}
        found = [_figures(one, counted.get(one), excepted) for one in counted.keys() | excepted.keys()]
        return sorted(found, key=lambda one: (-one.opened, -one.signed, str(one.officer_id)))


def _figures(officer: UUID, row: RowMapping | None, excepted: Mapping[UUID, int]) -> OfficerFigures:
    known: dict[str, Any] = {} if row is None else {name: row[name] for name in ("opened", "signed", "returned")}
    if row is not None:
        known |= {"rejected": row["rejected"], "minutes": None if row["minutes"] is None else float(row["minutes"])}
    return OfficerFigures(officer, exceptions=excepted.get(officer, 0), **known)
