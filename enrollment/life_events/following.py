"""What follows once an application is recorded: services hear of changes, children are noted, guardians linked."""

from __future__ import annotations

from uuid import UUID

from enrollment.cases import Case, Cases, Kind, Task
from enrollment.errors import Refusal
from enrollment.life_events.announcing import Announcing, Change
from enrollment.life_events.children import Children
from enrollment.register import Accounts, Register
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue

__all__ = ["Following"]

_TASK = Task("follow")
_TOLD = {
    Kind.UPDATE: Change.DETAILS_CHANGED,
    Kind.CORRECTION: Change.DETAILS_CHANGED,
    Kind.REENROL: Change.DETAILS_CHANGED,
    Kind.LOST: Change.NUMBER_HANDED_OUT,
}
_RECORDS = frozenset({Kind.NEW, Kind.CHILD, Kind.UPDATE, Kind.CORRECTION, Kind.REENROL})


class Following:
    """Works in the transaction that recorded it."""

    def __init__(
        self,
        cases: Cases,
        register: Register,
        accounts: Accounts,
        announcing: Announcing,
        children: Children,
        trail: Trail,
    ) -> None:
        self._accounts = accounts
        self._trail = trail
        self._cases = cases
        self._register = register
        self._announcing = announcing
        self._children = children

    def after(self, aid: str, person_id: UUID) -> None:
        """What follows from this application of this person."""
        case = self._cases.files.find(_TASK, aid)
        if isinstance(case, Refusal):
            return
        if case.kind in _TOLD:
            self._announcing.tell(person_id, _TOLD[case.kind])
        if case.kind in _RECORDS:
            self._noted(case, person_id)

    def _noted(self, case: Case, person_id: UUID) -> None:
        version = self._register.current(person_id)
        if version is not None and version.aid == case.aid:
            self._children.note(person_id, version.facts.birth)
            self._seen(case, person_id, version.n)
        self._children.link(case.aid, person_id, case.officer_id)

    def _seen(self, case: Case, person_id: UUID, n: int) -> None:
        """A change stands in the person's own history, not in the register's trail alone."""
        if n > 1:
            body: dict[str, BodyValue] = {"version": n, "case": case.aid}
            for account in self._accounts.of_person(person_id):
                self._trail.append(AuditEvent(Event.PERSON_CHANGED, subscriber_id=account, body=body))
