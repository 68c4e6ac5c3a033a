"""Events of people's lives as values: what may happen to a record, why, and what undoes what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from enrollment.life_events.models import LifeEventRow

__all__ = ["GROUNDS", "UNDOES", "UNDO_WITHIN", "Ground", "Kind", "LifeEvent", "State", "event_of"]


class Kind(StrEnum):
    """What happens to a record; closed. A death is asked for by an application of its own."""

    DEATH = "death"
    DEATH_UNDONE = "death_undone"
    MERGE = "merge"
    SPLIT = "split"


class State(StrEnum):
    """How far it is. `undone`: it was done, and taken back by another event."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


class Ground(StrEnum):
    """Why; closed, so that each has plain words for the person."""

    CIVIL_REGISTER = "civil_register"
    REPORTED_IN_ERROR = "reported_in_error"
    PERSON_CAME = "person_came"
    FOUND_TWICE = "found_twice"
    IMPORTED_TWICE = "imported_twice"
    TWO_PEOPLE = "two_people"
    COURT_ORDER = "court_order"


GROUNDS: Mapping[Kind, tuple[Ground, ...]] = MappingProxyType(
    {
        Kind.DEATH: (Ground.CIVIL_REGISTER,),
        Kind.DEATH_UNDONE: (Ground.PERSON_CAME, Ground.REPORTED_IN_ERROR, Ground.COURT_ORDER),
        Kind.MERGE: (Ground.FOUND_TWICE, Ground.IMPORTED_TWICE, Ground.COURT_ORDER),
        Kind.SPLIT: (Ground.TWO_PEOPLE, Ground.COURT_ORDER),
    }
)
"""The grounds that each kind takes."""

UNDOES: Mapping[Kind, Kind] = MappingProxyType({Kind.DEATH_UNDONE: Kind.DEATH, Kind.SPLIT: Kind.MERGE})
"""What takes back what."""

UNDO_WITHIN: Mapping[Kind, timedelta] = MappingProxyType({Kind.DEATH: timedelta(days=90)})
"""How long something can be taken back (design section 12). A merge can for ever: a wrong one is found late."""


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Something that happens to `person_id`. Of a merge `other_id` is the record that is closed.

    `details` say what must be put back; `undoes` is the event that this one takes back.
    """

    id: UUID
    kind: Kind
    state: State
    person_id: UUID
    other_id: UUID | None
    undoes: UUID | None
    aid: str | None
    ground: Ground
    details: Mapping[str, Any]
    asked_by: UUID | None
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    undo_until: datetime | None

    @property
    def people(self) -> tuple[UUID, ...]:
        """Whom it is about, in the order in which their records are locked."""
        return tuple(sorted({self.person_id, *([] if self.other_id is None else [self.other_id])}))


def event_of(row: LifeEventRow) -> LifeEvent:
    """The value of a stored event."""
    return LifeEvent(
        row.id,
        Kind(row.kind),
        State(row.state),
        row.person_id,
        row.other_id,
        row.undoes,
        row.aid,
        Ground(row.ground),
        row.details,
        row.asked_by,
        row.asked_at,
        row.decided_by,
        row.decided_at,
        row.undo_until,
    )
