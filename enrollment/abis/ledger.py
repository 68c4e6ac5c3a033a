"""What clients ask for and what came of it: once for each request of a client, however often it is sent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.abis.messages import Asked, Limits, Operation
from enrollment.abis.models import AbisJobRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, Sealer

__all__ = ["Errand", "Known", "Ledger"]


@dataclass(frozen=True, slots=True)
class Errand:
    """A request that is not answered yet; `subject_id` is the place that is kept for what is inserted."""

    id: UUID
    client_id: str
    asked: Asked
    subject_id: UUID | None


@dataclass(frozen=True, slots=True)
class Known:
    """A request that was sent before: its answer, None while there is none. `same` tells whether it is the same one."""

    answer: dict[str, Any] | None
    same: bool


class Ledger:
    """Reads and writes requests, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def begin(self, client_id: str, asked: Asked, digest: bytes) -> UUID | Known:
        """Write a request down under a new number, or tell what is known of it. One statement: of two, one begins."""
        number = self._entropy.uuid()
        sealed = self._sealer.seal_system(Purpose.TEMPLATE, _label("asked", number), json.dumps(asdict(asked)).encode())
        made = insert(AbisJobRow).values(
            id=number,
            client_id=client_id,
            request_id=asked.request_id,
            digest=digest,
            subject_id=None,
            asked=sealed,
            asked_at=self._clock.now(),
            answer=None,
            answered_at=None,
        )
        once = made.on_conflict_do_nothing(index_elements=["client_id", "request_id"]).returning(AbisJobRow.id)
        begun = self._session.scalar(once)
        if begun is not None:
            return begun
        row = self._row(client_id, asked.request_id)
        return Known(None, same=False) if row is None else Known(self._answer(row), same=row.digest == digest)

    def keep(self, job_id: UUID, subject_id: UUID) -> None:
        """Note for which place a request is."""
        self._session.execute(update(AbisJobRow).where(AbisJobRow.id == job_id).values(subject_id=subject_id))

    def open(self, job_id: UUID) -> Errand | None:
        """The request of that number; None where it is answered, or not there any more."""
        row = self._session.scalar(
            select(AbisJobRow)
            .where(AbisJobRow.id == job_id, AbisJobRow.answered_at.is_(None))
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        told = json.loads(self._sealer.open_system(Purpose.TEMPLATE, _label("asked", row.id), row.asked))
        gallery = None if told["gallery"] is None else tuple(told["gallery"])
        asked = Asked(
            Operation(told["operation"]),
            told["request_id"],
            told["reference_id"],
            told["url"],
            gallery,
            Limits(**told["limits"]),
        )
        return Errand(row.id, row.client_id, asked, row.subject_id)

    def answer(self, job_id: UUID, document: dict[str, Any]) -> bool:
        """Write the answer down, once, in place of what was asked; False where there is one already."""
        sealed = self._sealer.seal_system(Purpose.TEMPLATE, _label("answer", job_id), json.dumps(document).encode())
        written = (
            update(AbisJobRow)
            .where(AbisJobRow.id == job_id, AbisJobRow.answered_at.is_(None))
            .values(answer=sealed, answered_at=self._clock.now(), asked=b"")
        )
        return self._session.scalar(written.returning(AbisJobRow.id)) is not None

    def known(self, client_id: str, request_id: str) -> Known | None:
        """What is known of a client's request; None where it never came."""
        row = self._row(client_id, request_id)
        return None if row is None else Known(self._answer(row), same=True)

    def pending(self, client_id: str) -> int:
        """How many requests of a client are not answered yet."""
        waiting = select(func.count()).where(AbisJobRow.client_id == client_id, AbisJobRow.answered_at.is_(None))
        return self._session.scalar(waiting) or 0

    def forget(self, before: datetime) -> int:
        """Forget what was asked before that moment and is answered; how many that were."""
        old = delete(AbisJobRow).where(AbisJobRow.answered_at.is_not(None), AbisJobRow.asked_at < before)
        return len(self._session.scalars(old.returning(AbisJobRow.id)).all())

    def _row(self, client_id: str, request_id: str) -> AbisJobRow | None:
        return self._session.scalar(
            select(AbisJobRow)
            .where(AbisJobRow.client_id == client_id, AbisJobRow.request_id == request_id)
            .execution_options(populate_existing=True)
        )

    def _answer(self, row: AbisJobRow) -> dict[str, Any] | None:
        if row.answer is None:
            return None
        opened = self._sealer.open_system(Purpose.TEMPLATE, _label("answer", row.id), row.answer)
        document: dict[str, Any] = json.loads(opened)
        return document


def _label(part: str, job_id: UUID) -> str:
    return f"abis-{part}|{job_id}"
