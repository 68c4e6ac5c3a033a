"""The end of a visit: a centre found out who the person is, and the case goes on in the browser that they then use.

Who the person is, was found out above this room. The case begins anew with that proof: what somebody else did to the
account between the asking and the visit must not keep its owner out (AC-083 looks from here on).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import SecretKind, digest
from idp.errors import Code, Refusal
from idp.notices import LinkKind, Links, Notice, Notices
from idp.recovery.cases import VISIT, Case, Cases
from idp.recovery.ladder import LIFE, RUNGS, Proof, State
from idp.recovery.models import RecoveryCaseRow
from idp.recovery.steps import may_recover
from idp.recovery.visits import VISIT_LIFE
from idp.subscribers.directory import Directory

__all__ = ["InPerson"]

_RUNG = next(rung for rung in RUNGS if rung.own is Proof.IN_PERSON)


class InPerson:
    """Brings visits on, in the caller's transaction; commit after a refusal too."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        cases: Cases,
        notices: Notices,
        links: Links,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._session = session
        self._directory = directory
        self._cases = cases
        self._notices = notices
        self._links = links
        self._clock = clock
        self._trail = trail

    def announce(self, case_id: UUID, subscriber_id: UUID, centre: str) -> None:
        """Tell the person at every address that is proven, with a link that stops it; `centre` is its name."""
        link = self._links.make(LinkKind.STOP_RECOVERY, subscriber_id, case_id, VISIT_LIFE)
        self._notices.tell(subscriber_id, Notice.RECOVERY_STARTED, {"link": link, "centre": centre})

    def admit(self, case_id: UUID, browser_secret: str, level: int) -> Case | Refusal:
        """The case, ready for a new password in this browser; of parallel requests one gets it.

        `level`, 1 to 3, is what the way of finding out is worth; the account keeps at most that. Refused:
        `RECOVERY_STATE` where no such visit is open (it was stopped, is too old, or was brought on before),
        `RECOVERY_CHANGED` where the account may not recover.
        """
        now, row = self._clock.now(), RecoveryCaseRow
        subscriber_id = self._session.scalar(select(row.subscriber_id).where(row.id == case_id))
        person = None if subscriber_id is None else self._directory.get(subscriber_id)
        if person is not None and not may_recover(person):
            return Refusal(Code.RECOVERY_CHANGED)
        open_visit = row.id == case_id, row.proofs == [VISIT], row.state == State.PROVING.value, row.expires_at > now
        moved = self._session.scalar(
            update(row)
            .where(*open_visit)
            .values(
                state=State.READY.value,
                proofs=[Proof.IN_PERSON.value],
                level=1 if person is None else min(level, _RUNG.worth, person.ial),
                browser=digest(SecretKind.BROWSER, browser_secret),
                opened_at=now,
                expires_at=now + LIFE,
                told_at=now,
            )
            .returning(row.id)
            .execution_options(synchronize_session=False)
        )
        if moved is None or person is None:
            return Refusal(Code.RECOVERY_STATE, "no visit")
        body = {
            "case": str(case_id),
            "proof": Proof.IN_PERSON.value,
            "state": State.READY.value,
            "rung": _RUNG.name,
        }
        self._trail.append(AuditEvent(Event.RECOVERY_PROVEN, subscriber_id=person.id, body=body))
        return self._cases.find(case_id, browser_secret)
