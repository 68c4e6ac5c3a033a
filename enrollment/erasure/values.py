"""Erasures as values, and reading them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from enrollment.erasure.models import ErasureRow
from idp.database import Session

__all__ = ["Erasure", "Ground", "Outcome", "Scope", "all_of", "erasure_of", "open_of"]


class Scope(StrEnum):
    """What goes: everything of the body, or the whole record."""

    BODY = "body"
    RECORD = "record"


class Ground(StrEnum):
    """Why; closed, stored, and told to the person."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    COURT_ORDER = "court_order"
    ENTERED_IN_ERROR = "entered_in_error"
    LAW = "law"


class Outcome(StrEnum):
    """What came of it. `VOID`: when its time came, the record was no longer one that this can be done to."""

    STOPPED = "stopped"
    DECLINED = "declined"
    DONE = "done"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure. `due_at` is None until a second registrar agreed; `proof` is the signed statement once it is done."""

    id: UUID
    person_id: UUID
    scope: Scope
    ground: Ground
    asked_by: UUID
    asked_at: datetime
    approved_by: UUID | None
    due_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    proof: str | None = field(repr=False)


def erasure_of(row: ErasureRow) -> Erasure:
    """A row as a value."""
    return Erasure(
        row.id,
        row.person_id,
        Scope(row.scope),
        Ground(row.ground),
        row.asked_by,
        row.asked_at,
        row.approved_by,
        row.due_at,
        row.ended_at,
        None if row.outcome is None else Outcome(row.outcome),
        row.proof,
    )


def open_of(session: Session, person_id: UUID) -> Erasure | None:
    """The erasure of a person that waits."""
    wanted = select(ErasureRow).where(ErasureRow.person_id == person_id, ErasureRow.ended_at.is_(None))
    row = session.scalar(wanted.execution_options(populate_existing=True))
    return None if row is None else erasure_of(row)


def all_of(session: Session, person_id: UUID) -> list[Erasure]:
    """Every erasure of a person, oldest first."""
    wanted = select(ErasureRow).where(ErasureRow.person_id == person_id).order_by(ErasureRow.asked_at, ErasureRow.id)
    return [erasure_of(row) for row in session.scalars(wanted.execution_options(populate_existing=True))]
