"""What a suspended person can do from anywhere: see why, and disagree, with the reference and code of the letter.

They cannot sign in, so the letter stands for a sign-in, and opens nothing else. A wrong reference and a wrong code are
one answer; every try is counted before it is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from enrollment.errors import Code, Refusal
from enrollment.register import Register, Seals, Status
from enrollment.register.seals import Content
from enrollment.standing.models import AppealRow, SuspensionRow
from enrollment.standing.suspensions import Suspension, value_of
from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.spoken_codes import typed_code_of
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

__all__ = ["AGAIN", "APPEAL_SIGNS", "REFERENCE_SIGNS", "TRIES", "Appeal", "Appeals", "Decision", "digest_of"]

REFERENCE_SIGNS = 8
APPEAL_SIGNS = 12
TRIES = 10
MAX_WORDS = 2000
AGAIN = timedelta(days=30)
"""How long after a decision the same suspension can be appealed against once more."""


class Decision(StrEnum):
    """What came of an appeal: it goes from waiting to one of these, and from `GRANTED` to `KEPT` at most.

    `GRANTED` waits for a second registrar, who gives the record back or keeps it suspended. `SETTLED`: the record was
    given back for another reason before anybody decided.
    """

    GRANTED = "granted"
    KEPT = "kept"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Appeal:
    """What the person said; `words` None once their key is destroyed."""

    id: UUID
    words: str | None = field(repr=False)
    made_at: datetime
    decision: Decision | None
    decided_by: UUID | None
    decided_at: datetime | None


class Appeals:
    """Reads and makes appeals, in the caller's transaction; commit after a refusal too: tries are counted."""

    def __init__(
        self,
        session: Session,
        register: Register,
        seals: Seals,
        accounts_of: Callable[[UUID], list[UUID]],
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._register = register
        self._seals = seals
        self._accounts_of = accounts_of
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def open(self, reference: str, code: str) -> Suspension | Refusal:
        """The suspension of a letter.

        Refused: `ENR_UNKNOWN` about `letter`, whatever was wrong, had ten tries, or was erased.
        """
        known = typed_code_of(reference, REFERENCE_SIGNS)
        found = self._session.scalar(select(SuspensionRow.id).where(SuspensionRow.reference == (known or "")))
        # As many steps for nobody's reference as for one that is somebody's.
        given = digest_of(self._keys, found or UUID(int=0), code)
        counted = self._session.scalar(
            update(SuspensionRow)
            .where(SuspensionRow.id == found, SuspensionRow.tries < TRIES)
            .values(tries=SuspensionRow.tries + 1)
            .returning(SuspensionRow.digest)
            .execution_options(synchronize_session=False)
        )
        if counted is None or counted != given:
            return Refusal(Code.ENR_UNKNOWN, "letter")
        cleared = update(SuspensionRow).where(SuspensionRow.id == found).values(tries=0)
        self._session.execute(cleared.execution_options(synchronize_session=False))
        # Read once it is held: whoever gave the record back meanwhile was waited for.
        row = self._session.get_one(SuspensionRow, found, populate_existing=True)
        if self._status_of(row.person_id) is Status.ERASED:
            # The letter is all that is left, and says nothing more.
            return Refusal(Code.ENR_UNKNOWN, "letter")
        waits = any(one.decision is None for one in self.of(row.id))
        return value_of(row, appealed=waits)

    def make(self, reference: str, code: str, words: str) -> Suspension | Refusal:
        """Disagree.

        Refused: as `open`, `ENR_SCHEMA` about `words`, and `ENR_STATE` about `appeal` (one waits, or the last was
        decided within thirty days) or `suspension` (it is over, or the person died meanwhile).
        """
        found = self.open(reference, code)
        if isinstance(found, Refusal):
            return found
        said = words.strip()
        if not said or len(said) > MAX_WORDS or not said.replace("\n", " ").replace("\r", " ").isprintable():
            return Refusal(Code.ENR_SCHEMA, "words")
        if found.ended_at is not None or self._status_of(found.person_id) is not Status.SUSPENDED:
            return Refusal(Code.ENR_STATE, "suspension")
        now = self._clock.now()
        if any(one.decided_at is None or one.decided_at > now - AGAIN for one in self.of(found.id)):
            return Refusal(Code.ENR_STATE, "appeal")
        if not self._written(found, said, now):
            return Refusal(Code.ENR_STATE, "appeal")
        for account in self._accounts_of(found.person_id):
            body = {"suspension": str(found.id)}
            self._trail.append(AuditEvent(Event.PERSON_APPEALED, account, body=body))
        return found

    def of(self, suspension_id: UUID) -> list[Appeal]:
        """Every appeal against a suspension, oldest first, opened."""
        wanted = (
            select(AppealRow, SuspensionRow.person_id)
            .join(SuspensionRow, SuspensionRow.id == AppealRow.suspension_id)
            .where(AppealRow.suspension_id == suspension_id)
            .order_by(AppealRow.made_at, AppealRow.id)
            .execution_options(populate_existing=True)
        )
        return [self._opened(row, person_id) for row, person_id in self._session.execute(wanted)]

    def _status_of(self, person_id: UUID) -> Status | None:
        person = self._register.get(person_id)
        return None if person is None else person.status

    def _opened(self, row: AppealRow, person_id: UUID) -> Appeal:
        person = self._register.get(person_id)
        words = None
        if person is not None and row.sealed is not None:
            [plain] = self._seals.open([Content(person.subject_key_id, _about(row.id), row.sealed)])
            words = None if plain is None else plain.decode()
        decision = None if row.decision is None else Decision(row.decision)
        return Appeal(row.id, words, row.made_at, decision, row.decided_by, row.decided_at)

    def _written(self, found: Suspension, said: str, now: datetime) -> bool:
        """False where somebody was faster with the same letter."""
        person = self._register.get(found.person_id)
        assert person is not None, "a suspension is of somebody"  # noqa: S101 - for the type checker
        appeal_id = self._entropy.uuid()
        [sealed] = self._seals.seal([Content(person.subject_key_id, _about(appeal_id), said.encode())])
        values = {"id": appeal_id, "suspension_id": found.id, "sealed": sealed, "made_at": now}
        try:
            with self._session.begin_nested():
                self._session.execute(insert(AppealRow).values(values))
        except IntegrityError:
            return False
        return True


def digest_of(keys: PurposeKeys, suspension_id: UUID, code: str) -> bytes:
    """What is stored of a code. What cannot be one is compared like one that is wrong."""
    return keys.mac(Purpose.BLIND_INDEX, f"suspension|{suspension_id}|{typed_code_of(code, APPEAL_SIGNS) or ''}")


def _about(appeal_id: UUID) -> str:
    return f"suspension-appeal|{appeal_id}"
