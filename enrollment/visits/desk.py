"""What officers and supervisors do with a visit: look who it is about, say how that was shown, agree to papers.

Two ways: the body was compared with the registration at this officer's counter in these minutes, or papers were shown.
Either way a supervisor who is somebody else agrees: a counter takes pictures as files, and one officer with a found
portrait must not come away with an account. Nobody does it for themself or their household, and staff get back in by
an administrator. As soon as it is agreed, the account's owner is told at every address, with a link that stops it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from enrollment.capture.documents import DocumentType
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.visits.proofs import Proof, Proofs, Way
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.recovery.in_person import InPerson
from idp.recovery.steps import may_recover
from idp.recovery.visits import Visit, WaitingVisits, reference_of
from idp.subscribers import Directory
from idp.subscribers.profile import display_name

__all__ = ["COMPARED_WITHIN", "PAPERS", "Kin", "Matches", "Seen", "VisitDesk"]

# How long a comparison at the counter counts.
COMPARED_WITHIN = timedelta(minutes=10)
# What says who a living person is.
PAPERS = frozenset(DocumentType) - {DocumentType.EXCEPTION, DocumentType.DEATH_CERTIFICATE}


class Kin(Protocol):
    """Knows who is who in the register; joined above."""

    def person_of(self, subscriber_id: UUID) -> UUID | None:
        """Whose account it is; None for one that nobody of the register holds."""
        ...

    def owner_of(self, subscriber_id: UUID) -> UUID | None:
        """The same where that was proven: an account that an application named is nobody's until it is claimed."""
        ...

    def related(self, staff_id: UUID, person_id: UUID) -> bool:
        """True when this person is that account's own, or of its household."""
        ...

    def are_one(self, one: UUID, other: UUID) -> bool:
        """True when two accounts are proven to be one person's."""
        ...


class Matches(Protocol):
    """What counters found; joined above."""

    def matched(self, person_id: UUID, officer_id: UUID, since: datetime) -> bool:
        """True when a check of this officer's, for a recovery, matched this very person after `since`."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit, opened. `person_id` is None for somebody who was never registered: papers are the only way then."""

    case_id: UUID
    reference: str
    name: str = field(repr=False)
    born: str = field(repr=False)
    person_id: UUID | None
    proof: Proof | None


class VisitDesk:
    """Brings visits on, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        visits: WaitingVisits,
        proofs: Proofs,
        directory: Directory,
        kin: Kin,
        matches: Matches,
        in_person: InPerson,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._visits = visits
        self._proofs = proofs
        self._directory = directory
        self._kin = kin
        self._matches = matches
        self._in_person = in_person
        self._clock = clock
        self._trail = trail

    def find(self, by: Actor, reference: str) -> Seen | Refusal:
        """The visit of this reference, as typed; read by an officer, which the citizen sees.

        Refused: `ENR_ROLE` (no officer posted today), `ENR_UNKNOWN` about `visit` (none, too old, of staff),
        `ENR_OWN`.
        """
        visit = self._reached(by, self._visits.find(reference), Role.OFFICER, "find")
        return visit if isinstance(visit, Refusal) else self._seen(by, visit)

    def open(self, by: Actor, case_id: UUID) -> Seen | Refusal:
        """The same by its identifier, for the page that `find` leads to. Refused as `find`."""
        return self.find(by, reference_of(case_id))

    def show(self, by: Actor, case_id: UUID, way: Way, papers: Collection[str]) -> Proof | Refusal:
        """An officer says how it was shown; a supervisor decides.

        Refused: as `find`; `ENR_SCHEMA` about `papers` (none, or of no known kind), `BIO_NOMATCH` about `counter`
        (nothing was compared so lately, or it did not match), `ENR_EXISTS` about `visit` (it is under way).
        """
        visit = self._reached(by, self._visits.find(reference_of(case_id)), Role.OFFICER, "show")
        if isinstance(visit, Refusal):
            return visit
        refusal = self._unshown(by, visit, way, papers)
        if refusal is not None or by.centre_id is None:
            return self._refuse(by, "show", refusal or Refusal(Code.ENR_ROLE), visit)
        kept = sorted(set(papers)) if way is Way.PAPERS else []
        proof = self._proofs.add(by, by.centre_id, visit.case_id, way, kept)
        if proof is None:
            return self._refuse(by, "show", Refusal(Code.ENR_EXISTS, "visit"), visit)
        body = {"case": str(visit.case_id), "way": way.value, "papers": kept, "waits": True}
        self._note(Event.RECOVERY_VISIT_SHOWN, by, visit, body)
        return proof

    def waiting(self, by: Actor) -> list[Proof]:
        """What waits for a supervisor at their centre; nothing for others, nor what they said, by any account."""
        if by.centre_id is None or not by.holds(Role.SUPERVISOR):
            return []
        asked = self._proofs.asked(by.centre_id)
        return [proof for proof in asked if not self._kin.are_one(proof.officer_id, by.subscriber_id)]

    def review(self, by: Actor, proof_id: UUID) -> Seen | Refusal:
        """What a supervisor looks at before they agree. Refused: as `find`, for the supervisor; `ENR_FOUREYES`."""
        found = self._reviewed(by, proof_id, "review")
        return found if isinstance(found, Refusal) else self._seen(by, found[1])

    def decide(self, by: Actor, proof_id: UUID, centre: str, *, agreed: bool) -> Proof | Refusal:
        """A supervisor's word, by a fresh factor; `centre` is the name that the person is told.

        Refused: as `review`; `ENR_STATE`.
        """
        found = self._reviewed(by, proof_id, "decide")
        if isinstance(found, Refusal):
            return found
        proof, visit = found
        if not self._proofs.decide(proof_id, by.subscriber_id, agreed=agreed):
            return self._refuse(by, "decide", Refusal(Code.ENR_STATE, "visit"), visit)
        self._note(Event.RECOVERY_VISIT_DECIDED, by, visit, {"case": str(visit.case_id), "agreed": agreed})
        if agreed:
            self._in_person.announce(visit.case_id, visit.subscriber_id, centre)
        return proof

    def _unshown(self, by: Actor, visit: Visit, way: Way, papers: Collection[str]) -> Refusal | None:
        if way is Way.PAPERS:
            known = bool(papers) and set(papers) <= {kind.value for kind in PAPERS}
            return None if known else Refusal(Code.ENR_SCHEMA, "papers")
        person_id = self._kin.owner_of(visit.subscriber_id)
        since = self._clock.now() - COMPARED_WITHIN
        matched = person_id is not None and self._matches.matched(person_id, by.subscriber_id, since)
        return None if matched else Refusal(Code.BIO_NOMATCH, "counter")

    def _reviewed(self, by: Actor, proof_id: UUID, wanted: str) -> tuple[Proof, Visit] | Refusal:
        proof = self._proofs.find(proof_id)
        here = proof is not None and by.centre_id == proof.centre_id
        found = self._visits.find(reference_of(proof.case_id)) if proof is not None and here else None
        visit = self._reached(by, found, Role.SUPERVISOR, wanted)
        if isinstance(visit, Refusal) or proof is None:
            return visit if isinstance(visit, Refusal) else Refusal(Code.ENR_UNKNOWN, "visit")
        if self._kin.are_one(proof.officer_id, by.subscriber_id):
            return self._refuse(by, wanted, Refusal(Code.ENR_FOUREYES, "captured"), visit)
        return proof, visit

    def _reached(self, by: Actor, visit: Visit | None, role: Role, wanted: str) -> Visit | Refusal:
        """The visit, for whoever may: role and posting first, so that others learn nothing of it."""
        if not by.holds(role) or by.centre_id is None:
            return self._refuse(by, wanted, Refusal(Code.ENR_ROLE), visit)
        person = None if visit is None else self._directory.get(visit.subscriber_id)
        if visit is None or person is None or not may_recover(person):
            return self._refuse(by, wanted, Refusal(Code.ENR_UNKNOWN, "visit"), visit)
        person_id = self._kin.person_of(person.id)
        own = person.id == by.subscriber_id
        if own or (person_id is not None and self._kin.related(by.subscriber_id, person_id)):
            return self._refuse(by, wanted, Refusal(Code.ENR_OWN), visit)
        return visit

    def _seen(self, by: Actor, visit: Visit) -> Seen:
        person = self._directory.get(visit.subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        name = "" if identity is None else display_name(identity)
        born = "" if identity is None else str(identity.claims.get("birthdate", ""))[:4]
        self._note(Event.RECOVERY_VISIT_SEEN, by, visit, {"case": str(visit.case_id)})
        person_id = self._kin.owner_of(visit.subscriber_id)
        proof = self._proofs.of_visit(visit.case_id)
        return Seen(visit.case_id, reference_of(visit.case_id), name, born, person_id, proof)

    def _note(self, event: Event, by: Actor, visit: Visit, body: dict[str, str | bool | list[str]]) -> None:
        told = AuditEvent(event, subscriber_id=visit.subscriber_id, actor=by.reference, body={**body})
        self._trail.append(told)

    def _refuse(self, by: Actor, wanted: str, refusal: Refusal, visit: Visit | None) -> Refusal:
        body = {
            "case": None if visit is None else str(visit.case_id),
            "wanted": wanted,
            "code": refusal.code.value,
            "about": refusal.about,
        }
        owner = None if visit is None else visit.subscriber_id
        self._trail.append(AuditEvent(Event.RECOVERY_VISIT_REFUSED, owner, actor=by.reference, body=body))
        return refusal
