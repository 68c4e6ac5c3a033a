"""The code with which somebody whose identity was shown goes on, in whatever browser they use: on paper, once, a day.

As the code of an activation slip (`enrollment.issuance.slips`): 60 random bits, a keyed digest of them, five tries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, update

from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.visits.models import ProofRow
from enrollment.visits.proofs import LIFE, ProofState, Way
from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.spoken_codes import grouped, new_code, typed_code_of
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Refusal as IdpRefusal
from idp.keys import Purpose, PurposeKeys
from idp.recovery import Case
from idp.recovery.in_person import InPerson
from idp.recovery.visits import Visit, WaitingVisits, reference_of

__all__ = ["LENGTH", "TRIES", "Printed", "VisitCodes"]

LENGTH = 12
TRIES = 5
_UNKNOWN = Refusal(Code.ENR_UNKNOWN, "code")


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed, once. `code` is `XXXX-XXXX-XXXX`; nobody can read it again."""

    reference: str
    code: str = field(repr=False)
    expires_at: datetime


class VisitCodes:
    """Prints and takes codes, in the caller's transaction; commit after a refusal too, since it is counted."""

    def __init__(
        self,
        session: Session,
        visits: WaitingVisits,
        in_person: InPerson,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._visits = visits
        self._in_person = in_person
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def print(self, by: Actor, case_id: UUID) -> Printed | Refusal:
        """A code in place of any earlier one, by an officer of the centre where it was shown. `VisitDesk.open` first.

        Refused: `ENR_ROLE`; `ENR_STATE` about `visit` where nothing is proven, or not at this centre.
        """
        if not by.holds(Role.OFFICER) or by.centre_id is None:
            return self._refuse(None, Refusal(Code.ENR_ROLE), by)
        visit = self._visits.find(reference_of(case_id))
        code, now, row = grouped(new_code(self._entropy, LENGTH)), self._clock.now(), ProofRow
        done = (
            None
            if visit is None
            else self._session.scalar(
                update(row)
                .where(
                    row.case_id == case_id,
                    row.centre_id == by.centre_id,
                    row.state == ProofState.PROVEN.value,
                    row.expires_at > now,
                )
                .values(digest=self._digest(case_id, code), tries=0, expires_at=now + LIFE)
                .returning(row.id)
                .execution_options(synchronize_session=False)
            )
        )
        if visit is None or done is None:
            return self._refuse(visit, Refusal(Code.ENR_STATE, "visit"), by)
        body = {"case": str(case_id)}
        printed = AuditEvent(Event.RECOVERY_VISIT_CODE, visit.subscriber_id, actor=by.reference, body=body)
        self._trail.append(printed)
        return Printed(reference_of(case_id), code, now + LIFE)

    def admit(self, reference: str, typed: str, browser_secret: str) -> Case | Refusal:
        """Use the code up: the recovery goes on in this browser. Of any number of parallel right tries one gets it.

        Refused: `ENR_UNKNOWN` about `code`, whatever was wrong: number, code, or it was used, replaced, stopped, is
        too old, or had its five tries.
        """
        visit = self._visits.find(reference)
        level = None if visit is None else self._spent(visit, typed)
        if visit is None or level is None:
            return self._refuse(visit, _UNKNOWN)
        moved = self._in_person.admit(visit.case_id, browser_secret, level)
        return self._refuse(visit, _UNKNOWN) if isinstance(moved, IdpRefusal) else moved

    def _spent(self, visit: Visit, typed: str) -> int | None:
        """The level that the way of showing is worth; None for a code that is not right."""
        row = ProofRow
        right = row.digest == self._digest(visit.case_id, typed)
        outcome = self._session.execute(
            update(row)
            .where(
                row.case_id == visit.case_id,
                row.state == ProofState.PROVEN.value,
                row.digest.is_not(None),
                row.tries < TRIES,
                row.expires_at > self._clock.now(),
            )
            .values(tries=row.tries + 1, state=case((right, ProofState.USED.value), else_=row.state))
            .returning(row.state, row.way)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        used = outcome is not None and outcome.state == ProofState.USED.value
        return Way(outcome.way).level if outcome is not None and used else None

    def _refuse(self, visit: Visit | None, refusal: Refusal, by: Actor | None = None) -> Refusal:
        body = {
            "case": None if visit is None else str(visit.case_id),
            "wanted": "code",
            "code": refusal.code.value,
            "about": refusal.about,
        }
        owner, actor = None if visit is None else visit.subscriber_id, None if by is None else by.reference
        self._trail.append(AuditEvent(Event.RECOVERY_VISIT_REFUSED, owner, actor=actor, body=body))
        return refusal

    def _digest(self, case_id: UUID, typed: str) -> bytes:
        """What cannot be a code is compared like one that is wrong: no stored digest is of the empty text."""
        return self._keys.mac(Purpose.BLIND_INDEX, f"visit|{case_id}|{typed_code_of(typed, LENGTH) or ''}")
