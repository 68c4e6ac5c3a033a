"""Corrections that people propose to what is recorded of them; the registry decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.notices import Notice, Notices
from idp.selfservice.carers_corrections import CarersCorrections
from idp.selfservice.models import CorrectionRow
from idp.selfservice.sealed_words import SealedWords, plain_text
from idp.subscribers import Directory, checked_claims
from idp.subscribers.models import SubscriberRow

__all__ = ["CORRECTABLE", "LONGEST_REASON", "Correction", "Corrections", "Decided"]

CORRECTABLE = ("name", "given_name", "middle_name", "family_name", "birthdate", "gender", "address")
LONGEST_REASON = 1000
LONGEST_VALUE = 1000
A_MONTH = 10
MAX_LISTED = 100


class Decided(StrEnum):
    """Why a correction was accepted or not; a free text would carry personal data out of the seal."""

    DOCUMENT_SEEN = "document_seen"
    REGISTRY_AGREES = "registry_agrees"
    NO_PROOF = "no_proof"
    NOT_A_MISTAKE = "not_a_mistake"
    OTHER_OFFICE = "other_office"


@dataclass(frozen=True, slots=True)
class Correction:
    """A proposal. `before` and `after` are recorded values, None where nothing is recorded."""

    id: UUID
    subscriber_id: UUID
    claim: str
    state: str
    created_at: datetime
    decided_at: datetime | None
    reason_code: str | None
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    reason: str = field(repr=False)


class Corrections:
    """Proposed corrections, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        words: SealedWords,
        notices: Notices,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._directory = directory
        self._words = words
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def propose(
        self,
        subscriber_id: UUID,
        claim: str,
        typed: str,
        reason: str,
        *,
        actor: str | None = None,
        mandate_id: UUID | None = None,
    ) -> UUID | Refusal:
        """Propose `typed` for one claim. An address is typed as its lines. `actor`: who, if not the person.

        What is proposed under a mandate counts for it alone, and gives way to the person's own.

        Refused: CORRECTION_CLAIM (not one that is corrected this way), CORRECTION_VALUE, CORRECTION_REASON (empty, or
        over 1000 characters), CORRECTION_SAME (it is recorded so), CORRECTION_LIMIT (one is open for this claim, or
        ten in thirty days).
        """
        if claim not in CORRECTABLE:
            return Refusal(Code.CORRECTION_CLAIM, "not a claim that is corrected here")
        text, because = plain_text(typed, LONGEST_VALUE), plain_text(reason, LONGEST_REASON)
        if text is None:
            return Refusal(Code.CORRECTION_VALUE, claim)
        checked = checked_claims({claim: {"formatted": text} if claim == "address" else text})
        if isinstance(checked, Refusal) or claim not in checked:
            return Refusal(Code.CORRECTION_VALUE, claim)
        if because is None:
            return Refusal(Code.CORRECTION_REASON)
        before = self._directory.profile(subscriber_id).get(claim)
        if checked[claim] == before:
            return Refusal(Code.CORRECTION_SAME, claim)
        if self._too_many(subscriber_id, claim, mandate_id):
            return Refusal(Code.CORRECTION_LIMIT, claim)
        correction_id = self._entropy.opaque_uuid()
        document = {"before": before, "after": checked[claim], "reason": because}
        self._session.execute(
            insert(CorrectionRow).values(
                id=correction_id,
                subscriber_id=subscriber_id,
                claim=claim,
                sealed=self._words.seal(subscriber_id, document),
                mandate_id=mandate_id,
                state="open",
                created_at=self._clock.now(),
            )
        )
        body = {"correction": str(correction_id), "claim": claim}
        proposed = AuditEvent(Event.CORRECTION_PROPOSED, subscriber_id=subscriber_id, actor=actor, body=body)
        self._trail.append(proposed)
        return correction_id

    def withdraw(self, subscriber_id: UUID, correction_id: UUID) -> Refusal | None:
        """Take back an open one. Refused: CORRECTION_STATE (not this person's, or decided: the same answer)."""
        taken = self._session.scalar(
            update(CorrectionRow)
            .where(
                CorrectionRow.id == correction_id,
                CorrectionRow.subscriber_id == subscriber_id,
                CorrectionRow.state == "open",
            )
            .values(state="withdrawn", decided_at=self._clock.now())
            .returning(CorrectionRow.id)
        )
        if taken is None:
            return Refusal(Code.CORRECTION_STATE)
        body = {"correction": str(correction_id)}
        self._trail.append(AuditEvent(Event.CORRECTION_WITHDRAWN, subscriber_id=subscriber_id, body=body))
        return None

    def list_for(self, subscriber_id: UUID) -> list[Correction]:
        """The person's own, newest first, at most a hundred."""
        wanted = select(CorrectionRow).where(CorrectionRow.subscriber_id == subscriber_id)
        ordered = wanted.order_by(CorrectionRow.created_at.desc(), CorrectionRow.id).limit(MAX_LISTED)
        return [self._opened(row) for row in self._session.scalars(ordered)]

    def waiting(self, reader: str) -> list[Correction]:
        """Those to be decided, oldest first, at most a hundred; that `reader` read them is audited."""
        wanted = select(CorrectionRow).where(CorrectionRow.state == "open")
        ordered = wanted.order_by(CorrectionRow.created_at, CorrectionRow.id).limit(MAX_LISTED)
        found = [self._opened(row) for row in self._session.scalars(ordered)]
        for subscriber_id in dict.fromkeys(correction.subscriber_id for correction in found):
            body = {"purpose": "correction"}
            self._trail.append(AuditEvent(Event.RECORD_READ, subscriber_id=subscriber_id, actor=reader, body=body))
        return found

    def decide(self, correction_id: UUID, why: Decided, by: str, *, accepted: bool) -> Refusal | None:
        """Decide an open one; when accepted the new value is recorded. The person is told either way.

        Refused: CORRECTION_STATE (no such one, or not open), and as `Directory.record`.
        """
        row = self._session.execute(
            update(CorrectionRow)
            .where(CorrectionRow.id == correction_id, CorrectionRow.state == "open")
            .values(
                state="accepted" if accepted else "rejected",
                reason=why.value,
                decided_at=self._clock.now(),
                decided_by=by,
            )
            .returning(CorrectionRow.subscriber_id, CorrectionRow.claim, CorrectionRow.sealed)
        ).one_or_none()
        if row is None:
            return Refusal(Code.CORRECTION_STATE)
        if accepted:
            after = self._words.open(row.subscriber_id, row.sealed).get("after")
            refusal = self._directory.record(row.subscriber_id, {row.claim: after}, actor=by)
            if refusal is not None:
                return refusal
        self._trail.append(
            AuditEvent(
                Event.CORRECTION_DECIDED,
                subscriber_id=row.subscriber_id,
                actor=by,
                body={"correction": str(correction_id), "accepted": accepted, "reason": why.value},
            )
        )
        outcome = "accepted" if accepted else "rejected"
        self._notices.tell(row.subscriber_id, Notice.CORRECTION_DECIDED, {"outcome": outcome})
        return None

    def _too_many(self, subscriber_id: UUID, claim: str, mandate_id: UUID | None) -> bool:
        """Proposals of one person wait for each other here."""
        self._session.execute(
            select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id).with_for_update(key_share=True)
        )
        theirs = CorrectionRow.subscriber_id == subscriber_id
        if mandate_id is None:
            CarersCorrections(self._session, self._clock, self._trail).give_way(subscriber_id, claim)
        by_them = CorrectionRow.mandate_id.is_not_distinct_from(mandate_id)
        since = self._clock.now() - timedelta(days=30)
        opened, recent = self._session.execute(
            select(
                select(func.count())
                .where(theirs, CorrectionRow.claim == claim, CorrectionRow.state == "open")
                .scalar_subquery(),
                select(func.count()).where(theirs, by_them, CorrectionRow.created_at > since).scalar_subquery(),
            )
        ).one()
        return bool(opened) or recent >= A_MONTH

    def _opened(self, row: CorrectionRow) -> Correction:
        document = self._words.open(row.subscriber_id, row.sealed)
        return Correction(
            row.id,
            row.subscriber_id,
            row.claim,
            row.state,
            row.created_at,
            row.decided_at,
            row.reason,
            before=document.get("before"),
            after=document.get("after"),
            reason=document.get("reason", ""),
        )
