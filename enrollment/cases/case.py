"""The application as a value: what it is for, where it is in its life, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from enrollment.cases.models import ApplicationRow

__all__ = ["Case", "Kind", "State", "case_of"]


class Kind(StrEnum):
    """What an application is for; closed (design section 2)."""

    NEW = "new"
    CHILD = "child"
    UPDATE = "update"
    CORRECTION = "correction"
    LOST = "lost"
    REENROL = "reenrol"
    DEATH = "death"
    IMPORT = "import"


class State(StrEnum):
    """Where an application is in its life; closed (design section 2)."""

    PRE_DRAFT = "pre_draft"
    PRE_SUBMITTED = "pre_submitted"
    BOOKED = "booked"
    PRE_EXPIRED = "pre_expired"
    CAPTURING = "capturing"
    SIGNED = "signed"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    REJECTED_CENTRE = "rejected_centre"
    APPROVED = "approved"
    RECEIVED = "received"
    VALIDATED = "validated"
    DEDUP = "dedup"
    ADJUDICATION = "adjudication"
    RECAPTURE = "recapture"
    ACCEPTED = "accepted"
    REJECTED_DUPLICATE = "rejected_duplicate"
    REJECTED_FRAUD = "rejected_fraud"
    APPEAL = "appeal"
    HELD = "held"
    ISSUED = "issued"
    BOUND = "bound"
    CLAIMED = "claimed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Case:
    """An application at one version. Holds references only; what people said is in its sealed sections.

    `subject_key_id` owns the keys of everything captured. `searched` says that what is captured now was compared with
    the register. `held_from` is set only while held.
    """

    aid: str
    kind: Kind
    state: State
    version: int
    centre_id: UUID | None
    station_id: UUID | None
    officer_id: UUID | None
    person_id: UUID | None
    subscriber_id: UUID | None
    subject_key_id: UUID
    searched: bool
    held_from: State | None
    tries: int
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None


def case_of(row: ApplicationRow) -> Case:
    """The value of a stored application."""
    return Case(
        row.aid,
        Kind(row.kind),
        State(row.state),
        row.version,
        row.centre_id,
        row.station_id,
        row.officer_id,
        row.person_id,
        row.subscriber_id,
        row.subject_key_id,
        row.searched,
        None if row.held_from is None else State(row.held_from),
        row.tries,
        row.opened_at,
        row.changed_at,
        row.due_at,
    )
