"""Stored showings of identity: one statement each, that names the state it finds. Of parallel requests one succeeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.centres.actors import Actor
from enrollment.visits.models import ProofRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["LIFE", "Proof", "ProofState", "Proofs", "Way"]

# From the showing to the supervisor, and from there to the code: a day each.
LIFE = timedelta(days=1)
MOST = 50


class Way(StrEnum):
    """How somebody showed who they are."""

    COMPARED = "compared"
    PAPERS = "papers"

    @property
    def level(self) -> int:
        """The level of proofing that an account can keep by it: papers alone are not what the highest was given for."""
        return 3 if self is Way.COMPARED else 2


class ProofState(StrEnum):
    """Where a showing stands."""

    ASKED = "asked"
    PROVEN = "proven"
    REFUSED = "refused"
    USED = "used"
    OVER = "over"


_OPEN = (ProofState.ASKED.value, ProofState.PROVEN.value)


@dataclass(frozen=True, slots=True)
class Proof:
    """One showing."""

    id: UUID
    case_id: UUID
    centre_id: UUID
    officer_id: UUID
    way: Way
    papers: tuple[str, ...]
    state: ProofState
    made_at: datetime
    expires_at: datetime


class Proofs:
    """Showings, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy

    def add(self, by: Actor, centre_id: UUID, case_id: UUID, way: Way, papers: Sequence[str]) -> Proof | None:
        """A new one, which waits for a supervisor. None while another is under way for this visit."""
        now, row = self._clock.now(), ProofRow
        ended = update(row).where(row.case_id == case_id, row.state.in_(_OPEN), row.expires_at <= now)
        self._session.execute(ended.values(state=ProofState.OVER.value))
        made = self._session.scalars(
            insert(row)
            .values(
                id=self._entropy.uuid(),
                case_id=case_id,
                centre_id=centre_id,
                officer_id=by.subscriber_id,
                way=way.value,
                papers=sorted(papers),
                state=ProofState.ASKED.value,
                tries=0,
                made_at=now,
                expires_at=now + LIFE,
            )
            .on_conflict_do_nothing()
            .returning(row)
        ).one_or_none()
        return None if made is None else _proof(made)

    def of_visit(self, case_id: UUID) -> Proof | None:
        """The one that is under way for this visit."""
        row = ProofRow
        wanted = select(row).where(row.case_id == case_id, row.state.in_(_OPEN), row.expires_at > self._clock.now())
        found = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        return None if found is None else _proof(found)

    def find(self, proof_id: UUID) -> Proof | None:
        """One by its identifier, whatever became of it."""
        row = self._session.get(ProofRow, proof_id, populate_existing=True)
        return None if row is None else _proof(row)

    def asked(self, centre_id: UUID) -> list[Proof]:
        """Those that wait for a supervisor of this centre, the oldest first."""
        row = ProofRow
        waiting = row.centre_id == centre_id, row.state == ProofState.ASKED.value, row.expires_at > self._clock.now()
        found = self._session.scalars(select(row).where(*waiting).order_by(row.made_at, row.id).limit(MOST))
        return [_proof(one) for one in found]

    def decide(self, proof_id: UUID, supervisor_id: UUID, *, agreed: bool) -> bool:
        """A supervisor's word, once; False where it is not asked for any more."""
        now, row = self._clock.now(), ProofRow
        state = ProofState.PROVEN if agreed else ProofState.REFUSED
        decided = (
            update(row)
            .where(row.id == proof_id, row.state == ProofState.ASKED.value, row.expires_at > now)
            .values(state=state.value, supervisor_id=supervisor_id, decided_at=now, expires_at=now + LIFE)
            .returning(row.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(decided) is not None


def _proof(row: ProofRow) -> Proof:
    return Proof(
        row.id,
        row.case_id,
        row.centre_id,
        row.officer_id,
        Way(row.way),
        tuple(row.papers),
        ProofState(row.state),
        row.made_at,
        row.expires_at,
    )
