"""A suspension as a registrar opens it, with what the person says: of nobody of theirs, and the person sees it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.standing.appeals import Appeal, Appeals
from enrollment.standing.suspending import Rooms
from enrollment.standing.suspensions import Suspension, Suspensions, said_no
from idp.audit import AuditEvent, Event, Trail
from idp.database import Session

__all__ = ["Opened", "SuspensionFiles"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A suspension with every appeal against it, oldest first; `made_by_reader`: whoever opened it suspended it."""

    suspension: Suspension
    appeals: tuple[Appeal, ...]
    made_by_reader: bool
    asked_by_reader: bool


class SuspensionFiles:
    """Opens suspensions, in the caller's transaction; commit, after a refusal too: reading is audited."""

    def __init__(self, session: Session, rooms: Rooms, appeals: Appeals, trail: Trail) -> None:
        self._suspensions = Suspensions(session, trail)
        self._rooms = rooms
        self._appeals = appeals
        self._trail = trail

    def open(self, by: Actor, suspension_id: UUID) -> Opened | Refusal:
        """One of them, ended ones too. Where the person said something, every account of theirs sees who read it.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`.
        """
        if not by.holds(Role.REGISTRAR):
            return said_no(self._trail, by, "open_suspension", Refusal(Code.ENR_ROLE))
        found = self._suspensions.get(suspension_id)
        if found is None:
            return said_no(self._trail, by, "open_suspension", Refusal(Code.ENR_UNKNOWN))
        if self._rooms.kin.related(by.subscriber_id, found.person_id):
            return said_no(self._trail, by, "open_suspension", Refusal(Code.ENR_OWN))
        said = tuple(self._appeals.of(suspension_id))
        for account in self._rooms.accounts.of(found.person_id) if said else ():
            body = {"purpose": "appeal", "suspension": str(suspension_id)}
            self._trail.append(AuditEvent(Event.RECORD_READ, account, actor=by.reference, body=body))
        are_one, who = self._rooms.colleagues.are_one, by.subscriber_id
        asked = found.return_by is not None and are_one(found.return_by, who)
        return Opened(found, said, are_one(found.made_by, who), asked)
