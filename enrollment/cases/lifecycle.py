"""The life of an application: one guarded method for each event of the table, and no other way to move one.

Every method holds the row, compares the version, asks the conditions, moves, and writes the event and the audit row in
the caller's transaction; the edge commits once, refusals too, since they are audited. All of them refuse with:
`ENR_SCHEMA` (no idempotency key, an unknown reason), `ENR_IDEMP`, `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_STATE`
(another state or version), `ENR_FOUREYES`, and `ENR_GUARD` about the first condition or section that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from enrollment.cases.case import Kind
from enrollment.cases.orders import Applicant, Moved, Order, Task
from enrollment.cases.reasons import Reason, Tick
from enrollment.cases.sections import Section
from enrollment.cases.stepping import Stepper
from enrollment.cases.transitions import Event
from enrollment.centres.actors import Actor
from enrollment.errors import Refusal

__all__ = ["Lifecycle"]

Answer = Moved | Refusal


class Lifecycle:
    """Moves applications, in the caller's transaction. `assembled` in `enrollment.cases.desk` makes one."""

    def __init__(self, stepper: Stepper) -> None:
        self._step = stepper.step
        self._begin = stepper.begin

    # Beginnings

    def open(
        self, by: Actor, kind: Kind, key: str, *, person_id: UUID | None = None, subscriber_id: UUID | None = None
    ) -> Answer:
        """Somebody stands at the counter: an application in `CAPTURING` at the officer's centre."""
        return self._begin(by, key, Event.OPEN, kind, {"person_id": person_id, "subscriber_id": subscriber_id})

    def draft(self, by: Applicant, kind: Kind, key: str, *, person_id: UUID | None = None) -> Answer:
        """A citizen begins at home: `PRE_DRAFT`, kept for thirty days."""
        return self._begin(by, key, Event.DRAFT, kind, {"person_id": person_id, "subscriber_id": by.subscriber_id})

    def take_in(self, by: Task, key: str, *, person_id: UUID | None = None) -> Answer:
        """A row of an older register: `RECEIVED`. `key` names batch and row: a batch that runs twice has one."""
        return self._begin(by, key, Event.TAKE_IN, Kind.IMPORT, {"person_id": person_id})

    # Before the visit

    def submit(self, order: Order) -> Answer:
        """The citizen sends it: the personal details are complete."""
        return self._step(order, Event.SUBMIT)

    def book(self, order: Order, until: datetime) -> Answer:
        """An appointment, or another one; `until` is when it counts as missed."""
        return self._step(order, Event.BOOK, changes={"due_at": until})

    def start(self, order: Order) -> Answer:
        """The person came, to whatever centre, or comes again to be captured anew: `CAPTURING`, same number."""
        return self._step(order, Event.START)

    # At the centre

    def hand_over(self, order: Order, giver_id: UUID, taker_id: UUID) -> Answer:
        """Another officer of the centre goes on with the capture; both agreed to it. Asked by `InHand` alone."""
        facts = {"giver": str(giver_id), "taker": str(taker_id)}
        return self._step(order, Event.HAND_OVER, facts=facts, changes={"officer_id": taker_id})

    def sign(self, order: Order) -> Answer:
        """The officer signs, by a fresh factor: everything is there, compared, and confirmed by the applicant.

        The packet gets its digest, and its number at the station.
        """
        return self._step(order, Event.SIGN)

    def take_up(self, order: Order) -> Answer:
        """A supervisor who had no hand in the capture looks at it."""
        return self._step(order, Event.TAKE_UP)

    def approve(self, order: Order, ticks: Mapping[Section, Tick] | None = None) -> Answer:
        """The supervisor approves, with a reason for each flagged section (AC-096)."""
        given = {section.value: tick.value for section, tick in (ticks or {}).items()}
        return self._step(order, Event.APPROVE, facts={"ticks": given})

    def send_back(self, order: Order, reason: Reason) -> Answer:
        """The supervisor returns it to the officer."""
        return self._step(order, Event.SEND_BACK, reason=reason)

    def resume(self, order: Order) -> Answer:
        """An officer takes a returned one up again; all that was captured is there."""
        return self._step(order, Event.RESUME)

    def reject(self, order: Order, reason: Reason) -> Answer:
        """The supervisor rejects it. The applicant may appeal."""
        return self._step(order, Event.REJECT, reason=reason)

    def practise(self, order: Order) -> Answer:
        """What was done at a centre for training is over: it never reaches the register."""
        return self._step(order, Event.PRACTISE)

    # In the register

    def receive(self, order: Order) -> Answer:
        """The packet is whole."""
        return self._step(order, Event.RECEIVE)

    def validate(self, order: Order) -> Answer:
        """Its contents were checked again where it arrived."""
        return self._step(order, Event.VALIDATE)

    def search(self, order: Order) -> Answer:
        """The search for duplicates begins."""
        return self._step(order, Event.SEARCH)

    def clear(self, order: Order) -> Answer:
        """The search found nobody. Never for somebody of whom nothing could be captured: people decide that."""
        return self._step(order, Event.CLEAR)

    def refer(self, order: Order, reason: Reason) -> Answer:
        """The search found somebody: adjudicators decide."""
        return self._step(order, Event.REFER, reason=reason)

    def accept(self, order: Order, person_id: UUID | None = None) -> Answer:
        """Adjudicators decided that nobody found is this person.

        Of somebody who lost their number, whom no one knew before: that they are `person_id`.
        """
        return self._step(order, Event.ACCEPT, changes={} if person_id is None else {"person_id": person_id})

    def find_duplicate(self, order: Order, reason: Reason) -> Answer:
        """Adjudicators decided that the person has a number already."""
        return self._step(order, Event.FIND_DUPLICATE, reason=reason)

    def find_fraud(self, order: Order) -> Answer:
        """Adjudicators decided that it is a fraud."""
        return self._step(order, Event.FIND_FRAUD, reason=Reason.FRAUD)

    def uphold(self, order: Order) -> Answer:
        """Adjudicators decided that the centre's rejection stands."""
        return self._step(order, Event.UPHOLD)

    def grant(self, order: Order) -> Answer:
        """Adjudicators decided that the report of a death was wrongly rejected: back to the registrars."""
        return self._step(order, Event.GRANT)

    def recognise(self, order: Order, person_id: UUID) -> Answer:
        """Somebody who lost their number is `person_id`: alone found by their body, and their fact is right."""
        return self._step(order, Event.RECOGNISE, changes={"person_id": person_id})

    def recapture(self, order: Order, reason: Reason) -> Answer:
        """To be captured again, within sixty days, under the same number."""
        return self._step(order, Event.RECAPTURE, reason=reason)

    def appeal(self, order: Order, reason: Reason) -> Answer:
        """The applicant disagrees, at home or at the counter."""
        return self._step(order, Event.APPEAL, reason=reason)

    def reopen(self, order: Order) -> Answer:
        """The appeal goes to two people who did not decide before."""
        return self._step(order, Event.REOPEN)

    # The identity

    def issue(self, order: Order, person_id: UUID) -> Answer:
        """The register holds the person, in this very transaction."""
        return self._step(order, Event.ISSUE, changes={"person_id": person_id})

    def bind(self, order: Order, subscriber_id: UUID) -> Answer:
        """An account was linked or opened."""
        return self._step(order, Event.BIND, changes={"subscriber_id": subscriber_id})

    def claim(self, order: Order) -> Answer:
        """The citizen proved the code of the slip and one factor."""
        return self._step(order, Event.CLAIM)

    # Ends and faults

    def cancel(self, order: Order, reason: Reason) -> Answer:
        """It is given up, at any moment before there is an identity."""
        return self._step(order, Event.CANCEL, reason=reason)

    def expire(self, order: Order) -> Answer:
        """Its time is over: nobody came."""
        return self._step(order, Event.EXPIRE)

    def hold(self, order: Order, reason: Reason) -> Answer:
        """A technical fault: kept as it is, to be tried again after ever longer times; an alert from the third."""
        return self._step(order, Event.HOLD, reason=reason)

    def release(self, order: Order) -> Answer:
        """Back to where it was held from."""
        return self._step(order, Event.RELEASE)
