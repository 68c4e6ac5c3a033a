"""The rooms of visits over the session of an office of the register, and two people of the staff."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from enrollment.centres.actors import Actor, Role
from enrollment.visits import Printed, Proof, Seen, VisitCodes, VisitDesk, Way
from enrollment.visits.proofs import Proofs
from idp.notices import Links, Notices
from idp.outbox import Outbox
from idp.recovery import Cases
from idp.recovery.in_person import InPerson
from idp.recovery.visits import VISIT_LIFE, Visits, reference_of
from tests.factories.register import Office

__all__ = ["CENTRE", "Lobby", "officer", "supervisor"]

CENTRE = uuid.UUID("01900000-0000-7000-8000-000000000001")


def officer(centre: uuid.UUID | None = CENTRE) -> Actor:
    """Somebody who sees visitors."""
    return Actor(uuid.uuid4(), frozenset({Role.OFFICER}), centre)


def supervisor(centre: uuid.UUID | None = CENTRE) -> Actor:
    """Somebody who agrees, or not."""
    return Actor(uuid.uuid4(), frozenset({Role.SUPERVISOR}), centre)


@dataclass
class Kin:
    """Who is whose; nobody anybody's, unless told."""

    people: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    families: set[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=set)
    pairs: set[frozenset[uuid.UUID]] = field(default_factory=set)

    def person_of(self, subscriber_id: uuid.UUID) -> uuid.UUID | None:
        """Fulfils `Kin`."""
        return self.people.get(subscriber_id)

    def owner_of(self, subscriber_id: uuid.UUID) -> uuid.UUID | None:
        """Fulfils `Kin`."""
        return self.people.get(subscriber_id)

    def related(self, staff_id: uuid.UUID, person_id: uuid.UUID) -> bool:
        """Fulfils `Kin`."""
        return (staff_id, person_id) in self.families

    def are_one(self, one: uuid.UUID, other: uuid.UUID) -> bool:
        """Fulfils `Kin`."""
        return one == other or frozenset({one, other}) in self.pairs


@dataclass
class Matched:
    """What counters found: (person, officer) -> when."""

    found: dict[tuple[uuid.UUID, uuid.UUID], datetime] = field(default_factory=dict)

    def matched(self, person_id: uuid.UUID, officer_id: uuid.UUID, since: datetime) -> bool:
        """Fulfils `Matches`."""
        at = self.found.get((person_id, officer_id))
        return at is not None and at >= since


class Lobby:
    """Desk and codes, over the session of `office`."""

    def __init__(self, office: Office) -> None:
        session, clock, entropy, trail = office.session, office.clock, office.entropy, office.trail
        outbox = Outbox(session, office.sealer, clock, entropy)
        self.cases = Cases(session, clock, entropy)
        visits = Visits(self.cases)
        told = Notices(outbox, office.directory, clock), Links(session, clock, entropy)
        in_person = InPerson(session, office.directory, self.cases, *told, clock, trail)
        self.kin, self.counters = Kin(), Matched()
        self.proofs = Proofs(session, clock, entropy)
        joints = self.kin, self.counters
        self.desk = VisitDesk(visits, self.proofs, office.directory, *joints, in_person, clock, trail)
        self.codes = VisitCodes(session, visits, in_person, office.keys, clock, entropy, trail)

    def asked(self, subscriber_id: uuid.UUID) -> tuple[uuid.UUID, str]:
        """A visit that somebody asked for, and its reference."""
        case_id = self.cases.new_visit(subscriber_id, VISIT_LIFE)
        return case_id, reference_of(case_id)

    def proven(self, case_id: uuid.UUID, by: Actor) -> Printed:
        """Papers shown to `by`, agreed to by a supervisor, and the code printed."""
        proof = self.desk.show(by, case_id, Way.PAPERS, ["passport"])
        assert isinstance(proof, Proof), proof
        decided = self.desk.decide(supervisor(), proof.id, "A made-up centre", agreed=True)
        assert isinstance(decided, Proof), decided
        assert isinstance(self.desk.open(by, case_id), Seen)
        printed = self.codes.print(by, case_id)
        assert isinstance(printed, Printed), printed
        return printed
