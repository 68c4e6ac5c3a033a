"""Whose application it is, and who may touch it: asked before anything else, and every no is audited.

An officer of another centre learns nothing, not even that there is such an application (AC-095). Nobody of the staff
opens their own application, or one of their household (design section 1).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from enrollment.cases.aid import is_aid
from enrollment.cases.case import Case, State, case_of
from enrollment.cases.models import ApplicationRow, ConsentRow, EventRow, KinRow, SectionRow, VouchRow
from enrollment.cases.orders import Applicant, Doer, Hand, Task, actor_id_of, reference_of
from enrollment.centres.actors import Actor, Role
from enrollment.centres.models import CentreRow
from enrollment.errors import Code, Refusal
from enrollment.register.models import PersonAccountRow
from idp.audit import AuditEvent, Event, Trail
from idp.database import Session

__all__ = ["Access", "Eyes", "Kin", "Wish", "roles_of"]

_LOCAL = frozenset({Role.OFFICER, Role.SUPERVISOR})
_CAPTURES = ("open", "start", "resume", "sign")

_MINE, _THEIRS = aliased(PersonAccountRow), aliased(PersonAccountRow)
_ACCOUNTS = (
    select(_THEIRS.subscriber_id)
    .join(_MINE, _MINE.person_id == _THEIRS.person_id)
    .where(_MINE.subscriber_id == bindparam("staff_id"))
)
_NAMED = or_(KinRow.subscriber_id == bindparam("staff_id"), KinRow.subscriber_id.in_(_ACCOUNTS))
# Made once: every page of the staff asks.
_FOUND = select(ApplicationRow, exists().where(KinRow.aid == bindparam("aid"), _NAMED)).where(
    ApplicationRow.aid == bindparam("aid")
)
_LOCKED = _FOUND.with_for_update(of=ApplicationRow)


class Kin(Protocol):
    """Knows who is related to whom in the register."""

    def related(self, staff_id: UUID, person_id: UUID) -> bool:
        """True when this person of the register is that account's own, or of its household."""
        ...


class Eyes(Protocol):
    """Knows who is whose second pair of eyes."""

    def are_one(self, one: UUID, other: UUID) -> bool:
        """True when two accounts are known to be one person's."""
        ...

    def accounts_of(self, account: UUID) -> frozenset[UUID]:
        """This account and every other that is known to be of the same person."""
        ...

    def of_person(self, person_id: UUID) -> list[UUID]:
        """The accounts that are known to be this person's."""
        ...

    def in_office(self, account: UUID, role: Role) -> bool:
        """True when an account holds this role now, and is in use."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do with an application. `name` is a closed word for the audit row.

    `anywhere`: states in which an officer of whatever centre may, since the person stands there.
    `within`: in other states there is nothing to see for them. `lock`: hold the row until the
    caller commits, so that nothing else happens to it meanwhile.
    """

    name: str
    roles: Collection[Role | Hand]
    anywhere: Collection[State | None] = ()
    within: Collection[State] = frozenset(State)
    lock: bool = False


class Access:
    """Finds applications for those who may, in the caller's transaction."""

    def __init__(self, session: Session, trail: Trail, kin: Kin | None = None) -> None:
        self._session = session
        self._trail = trail
        self._kin = kin

    def reach(self, by: Doer, aid: str, wish: Wish) -> Case | Refusal:
        """The application; a no has an audit row.

        Refused: `ENR_ROLE` (no role may), `ENR_UNKNOWN` (not there, another's, another centre's), `ENR_FOUREYES`
        (adjudicators and the cases of their own centre), `ENR_OWN` (their own, or of their household).
        """
        if not roles_of(by) & set(wish.roles):
            return self.refuse(by, aid, wish.name, Refusal(Code.ENR_ROLE))
        case, own = self._find(by, aid, lock=wish.lock)
        if case is None:
            return self.refuse(by, aid, wish.name, Refusal(Code.ENR_UNKNOWN))
        refusal = self.outside(by, case, wish) or (Refusal(Code.ENR_OWN) if own else None)
        return case if refusal is None else self.refuse(by, aid, wish.name, refusal, case)

    @staticmethod
    def outside(by: Doer, case: Case, wish: Wish) -> Refusal | None:
        """Out of reach by every one of the doer's roles; the mildest no counts."""
        if case.state not in wish.within:
            return Refusal(Code.ENR_UNKNOWN)
        if isinstance(by, Task):
            return None
        if isinstance(by, Applicant):
            return None if case.subscriber_id == actor_id_of(by) else Refusal(Code.ENR_UNKNOWN)
        at_home = by.centre_id is not None and by.centre_id == case.centre_id
        outside: Refusal | None = Refusal(Code.ENR_UNKNOWN)
        for role in by.roles & set(wish.roles):
            if role is Role.ADJUDICATOR and at_home:
                outside = Refusal(Code.ENR_FOUREYES, "own_centre")
            elif role not in _LOCAL or at_home or (case.state in wish.anywhere and by.centre_id is not None):
                return None
        return outside

    def refuse(self, by: Doer, aid: str, wanted: str, refusal: Refusal, case: Case | None = None) -> Refusal:
        """Write down that somebody was refused. The edge commits it, although nothing else was done."""
        body = {
            "aid": aid if is_aid(aid) else None,
            "wanted": wanted,
            "code": refusal.code.value,
            "about": refusal.about,
            "state": None if case is None else case.state.value,
        }
        self._trail.append(AuditEvent(Event.ENROLMENT_REFUSED, actor=reference_of(by), body=body))
        return refusal

    def is_own(self, by: Doer, person_id: UUID | None) -> bool:
        """Whether a person of the register is a member of the staff who asks, or of their household."""
        if self._kin is None or person_id is None or not isinstance(by, Actor):
            return False
        return self._kin.related(by.subscriber_id, person_id)

    def practises(self, centre_id: UUID | None) -> bool:
        """Whether a centre is for training: nothing that is done there reaches the register."""
        wanted = select(CentreRow.training).where(CentreRow.id == centre_id)
        return centre_id is not None and bool(self._session.scalar(wanted))

    def hands(self, aid: str) -> set[UUID]:
        """Everybody who had a hand in what is captured: opened, saved, took the consent, vouched, signed."""
        return self.captors(aid) | self.introducers(aid)

    def captors(self, aid: str) -> set[UUID]:
        """The same without the introducers."""
        opened = select(EventRow.actor_id).where(EventRow.aid == aid, EventRow.event.in_(_CAPTURES))
        saved = select(func.unnest(SectionRow.savers)).where(SectionRow.aid == aid)
        taken = select(ConsentRow.taken_by).where(ConsentRow.aid == aid)
        found = {hand for hand in self._session.scalars(union(opened, saved, taken)) if hand is not None}
        return found - self.introducers(aid)

    def introducers(self, aid: str) -> set[UUID]:
        """Everybody who vouched for the applicant."""
        return set(self._session.scalars(select(VouchRow.introducer_id).where(VouchRow.aid == aid)))

    def signer(self, aid: str) -> UUID | None:
        """Who signed it last."""
        signed = select(EventRow.actor_id).where(EventRow.aid == aid, EventRow.event == "sign")
        return self._session.scalar(signed.order_by(EventRow.n.desc()).limit(1))

    def _find(self, by: Doer, aid: str, *, lock: bool) -> tuple[Case | None, bool]:
        """The application, and whether it is that of a member of the staff who asks, or of their household."""
        if not is_aid(aid):
            return None, False
        staff_id = by.subscriber_id if isinstance(by, Actor) else None
        found = self._session.execute(
            _LOCKED if lock else _FOUND,
            {"aid": aid, "staff_id": staff_id},
            execution_options={"populate_existing": True},
        ).one_or_none()
        if found is None:
            return None, False
        case, own = case_of(found[0]), bool(found[1])
        if staff_id is None:
            return case, False
        return case, own or case.subscriber_id == staff_id or self.is_own(by, case.person_id)


def roles_of(by: Doer) -> set[Role | Hand]:
    """As whom somebody acts."""
    if isinstance(by, Actor):
        return set(by.roles)
    return {Hand.APPLICANT if isinstance(by, Applicant) else Hand.SYSTEM}
