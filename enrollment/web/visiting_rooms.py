"""The rooms of people who cannot sign in and come to a centre: as `enrollment.web.rooms`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from enrollment.cases import grouped
from enrollment.issuance.models import IssuanceRow
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.register import Accounts
from enrollment.verification.matches import Matches
from enrollment.visits import VisitCodes, VisitDesk
from enrollment.visits.proofs import Proofs
from enrollment.web.rooms import Relatives, colleagues
from idp.recovery.in_person import InPerson
from idp.web.extensions import db, services
from idp.web.recovery.rooms import cases as recovery_cases
from idp.web.recovery.rooms import visits
from idp.web.rooms import directory, links, notices, trail

__all__ = ["application_of", "visit_codes", "visit_desk"]


def visit_desk() -> VisitDesk:
    """What officers and supervisors do with visits."""
    shared = services()
    proofs = Proofs(db.session(), shared.clock, shared.entropy)
    joints = _Kin(), Matches(db.session())
    return VisitDesk(visits(), proofs, directory(), *joints, _in_person(), shared.clock, trail())


def visit_codes() -> VisitCodes:
    """Codes with which people go on after a visit."""
    shared = services()
    means = shared.purpose_keys, shared.clock, shared.entropy, trail()
    return VisitCodes(db.session(), visits(), _in_person(), *means)


def application_of(person_id: UUID) -> str | None:
    """The number of the application by which somebody came into the register, for the counter; None for none."""
    row = IssuanceRow
    wanted = select(row.aid).where(row.person_id == person_id).order_by(row.issued_at).limit(1)
    aid = db.session.scalar(wanted)
    return None if aid is None else grouped(aid)


def _in_person() -> InPerson:
    told = notices(), links(), services().clock, trail()
    return InPerson(db.session(), directory(), recovery_cases(), *told)


class _Kin(Relatives):
    """Who is who in the register."""

    def person_of(self, subscriber_id: UUID) -> UUID | None:
        """Whose account it is."""
        return Accounts(db.session(), services().clock).person_of(subscriber_id)

    def owner_of(self, subscriber_id: UUID) -> UUID | None:
        """Whose account it was proven to be."""
        return ProvenAccounts(db.session(), services().clock).owner_of(subscriber_id)

    def are_one(self, one: UUID, other: UUID) -> bool:
        """Whether two accounts were proven to be one person's."""
        return colleagues().are_one(one, other)
