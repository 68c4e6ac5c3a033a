"""The slip in somebody's hand: printed at whatever centre the person comes to, by an officer who compared them."""

from __future__ import annotations

from dataclasses import dataclass, field

from enrollment.cases.access import Access, Wish
from enrollment.cases.case import Case, State
from enrollment.cases.casefile import Purpose
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.issuance.issue import Issuance, Issued
from enrollment.issuance.slips import Slip, Slips
from enrollment.register import Facts, Identifiers, Register, Status
from idp.audit import AuditEvent, Event, Trail

__all__ = ["Handed", "Handing", "Waiting"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose number is given and whose account waits: whom the officer compares with who stands there."""

    case: Case
    facts: Facts = field(repr=False)
    linked: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """What is printed, once. `nin` is the national number; None where its key is destroyed."""

    slip: Slip
    nin: str | None = field(repr=False)
    facts: Facts = field(repr=False)
    linked: bool


class Handing:
    """Prints slips, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        access: Access,
        issuance: Issuance,
        slips: Slips,
        register: Register,
        identifiers: Identifiers,
        trail: Trail,
    ) -> None:
        self._access = access
        self._issuance = issuance
        self._slips = slips
        self._register = register
        self._identifiers = identifiers
        self._trail = trail

    def look(self, by: Actor, aid: str) -> Waiting | Refusal:
        """Who it is; read for the slip, which the citizen sees.

        Refused: as `Access.reach` (an officer of any centre may once there is a number: the person stands there),
        `ENR_STATE` about the state where no account waits.
        """
        found = self._found(by, aid, "read")
        if isinstance(found, Refusal):
            return found
        case, issued, facts = found
        body = {"aid": case.aid, "purpose": Purpose.SLIP.value}
        read = AuditEvent(Event.ENROLMENT_READ, subscriber_id=case.subscriber_id, actor=by.reference, body=body)
        self._trail.append(read)
        return Waiting(case, facts, not issued.opened)

    def print(self, by: Actor, aid: str) -> Handed | Refusal:
        """A new slip in place of every earlier one. The edge asked for a fresh factor, and whether they were compared.

        Refused: as `look`; `ENR_STATE` about `slip` once one was used.
        """
        found = self._found(by, aid, "slip")
        if isinstance(found, Refusal):
            return found
        case, issued, facts = found
        slip = self._slips.print_again(case.aid, issued.subscriber_id, actor=by.reference)
        if isinstance(slip, Refusal):
            return self._access.refuse(by, aid, "slip", slip, case)
        return Handed(slip, self._identifiers.nin_of(issued.person_id), facts, not issued.opened)

    def _found(self, by: Actor, aid: str, wanted: str) -> tuple[Case, Issued, Facts] | Refusal:
        wish = Wish(wanted, (Role.OFFICER,), anywhere=(State.BOUND,), lock=wanted == "slip")
        case = self._access.reach(by, aid, wish)
        if isinstance(case, Refusal):
            return case
        issued = self._issuance.of_case(aid) if case.state is State.BOUND else None
        person = None if issued is None else self._register.get(issued.person_id)
        version = None if issued is None else self._register.current(issued.person_id)
        # Nobody claims the account of somebody whose record was suspended or ended meanwhile.
        if issued is None or version is None or person is None or person.status is not Status.ACTIVE:
            return self._access.refuse(by, aid, wanted, Refusal(Code.ENR_STATE, case.state.value), case)
        return case, issued, version.facts
