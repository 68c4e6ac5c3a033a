"""The conditions of transitions. Those about the application itself are answered here, the others by the rooms above.

A condition that nobody answers refuses: a process without the search of duplicates can never say that there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrollment.cases.access import Access, Eyes
from enrollment.cases.case import Case, Kind
from enrollment.cases.contents import Sections
from enrollment.cases.orders import Order, Task, actor_id_of
from enrollment.cases.packets import Packets
from enrollment.cases.people import People
from enrollment.cases.policy import CasePolicy
from enrollment.cases.reasons import Tick
from enrollment.cases.sections import Section, Status
from enrollment.cases.transitions import Event, Guard, Rule
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.clock import Clock

__all__ = ["Attempt", "Check", "Guards"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A transition that is about to be made. `facts` go into its event row: closed words and references.

    `changes` are the columns that it sets: a condition may ask whether they are what another room wrote down.
    """

    order: Order
    event: Event
    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[Case, Attempt], Refusal | None]
"""Answers one condition: None when it holds."""


class Guards:
    """Answers conditions, in the caller's transaction and over the held application."""

    def __init__(
        self,
        access: Access,
        sections: Sections,
        packets: Packets,
        clock: Clock,
        policy: CasePolicy,
        checks: Mapping[Guard, Check],
        eyes: Eyes | None = None,
    ) -> None:
        self._access = access
        self._eyes = eyes
        self._people = People(eyes)
        self._sections = sections
        self._clock = clock
        self._policy = policy
        self._checks: dict[Guard, Check] = {
            Guard.PACKET_WHOLE: lambda case, _: packets.whole(case),
            **checks,
            Guard.PERSON_COMPLETE: self._person_complete,
            Guard.SECTIONS_COMPLETE: self._sections_complete,
            Guard.APPLICANT_CONFIRMED: self._applicant_confirmed,
            Guard.FRESH_FACTOR: self._fresh_factor,
            Guard.OFFICER_DIFFERS: self._officer_differs,
            Guard.FLAGS_TICKED: self._flags_ticked,
            Guard.SEARCHED: lambda case, _: None if case.searched else _unmet(Guard.SEARCHED),
            Guard.NEVER_SEARCHED: lambda case, _: _unmet(Guard.NEVER_SEARCHED) if case.searched else None,
            Guard.SOME_MODALITY: self._some_modality,
            Guard.DUE: self._due,
            Guard.REAL: self._real,
            Guard.PRACTICE: lambda case, _: None if access.practises(case.centre_id) else _unmet(Guard.PRACTICE),
        }

    def refusal(self, rule: Rule, case: Case, attempt: Attempt) -> Refusal | None:
        """The first condition of the row that does not hold."""
        for guard in rule.guards:
            check = self._checks.get(guard)
            refusal = _unmet(guard) if check is None else check(case, attempt)
            if refusal is not None:
                return refusal
        return None

    def _person_complete(self, case: Case, _: Attempt) -> Refusal | None:
        done = self._sections.judge(case).statuses[Section.PERSON].done
        return None if done else Refusal(Code.ENR_GUARD, Section.PERSON.value)

    def _sections_complete(self, case: Case, attempt: Attempt) -> Refusal | None:
        judged = self._sections.judge(case)
        missing = [section for section in judged.missing() if section is not Section.PREVIEW]
        if missing:
            return Refusal(Code.ENR_GUARD, missing[0].value)
        if judged.needed.two_officers and self._people.count(self._access.captors(case.aid) - {case.subscriber_id}) < 2:
            return Refusal(Code.ENR_FOUREYES, "second_officer")
        # Whoever said who the applicant is does not also sign for how it was said.
        vouched = self._people.among(actor_id_of(attempt.order.by), self._access.introducers(case.aid))
        return Refusal(Code.ENR_FOUREYES, "vouched") if vouched else None

    def _applicant_confirmed(self, case: Case, _: Attempt) -> Refusal | None:
        confirmed = self._sections.judge(case).statuses[Section.PREVIEW] is Status.OK
        return None if confirmed else Refusal(Code.ENR_GUARD, Section.PREVIEW.value)

    def _fresh_factor(self, _: Case, attempt: Attempt) -> Refusal | None:
        proven, now = attempt.order.factor_at, self._clock.now()
        fresh = proven is not None and now - self._policy.factor_fresh <= proven <= now
        return None if fresh else _unmet(Guard.FRESH_FACTOR)

    def _officer_differs(self, case: Case, attempt: Attempt) -> Refusal | None:
        by = attempt.order.by
        if isinstance(by, Task):
            return None
        if self._people.among(actor_id_of(by), self._access.hands(case.aid)):
            return Refusal(Code.ENR_FOUREYES, "captured")
        approved = case.kind is Kind.DEATH and attempt.event is Event.APPROVE
        return self._signer_left(case) if approved else None

    def _signer_left(self, case: Case) -> Refusal | None:
        """A report that somebody signed who is no registrar any more is signed by nobody: it is returned first."""
        signer = self._access.signer(case.aid)
        left = self._eyes is not None and signer is not None and not self._eyes.in_office(signer, Role.REGISTRAR)
        return Refusal(Code.ENR_STATE, "asker") if left else None

    def _flags_ticked(self, case: Case, attempt: Attempt) -> Refusal | None:
        ticks = attempt.facts.get("ticks", {})
        flagged = {section.value for section in self._sections.judge(case).flagged()}
        if not set(ticks.values()) <= set(Tick) or not set(ticks) <= set(Section):
            return Refusal(Code.ENR_SCHEMA, "ticks")
        missing = sorted(flagged - set(ticks))
        return Refusal(Code.ENR_GUARD, missing[0]) if missing else None

    def _some_modality(self, case: Case, _: Attempt) -> Refusal | None:
        return _unmet(Guard.SOME_MODALITY) if self._sections.judge(case).no_modality else None

    def _due(self, case: Case, _: Attempt) -> Refusal | None:
        over = case.due_at is not None and case.due_at <= self._clock.now()
        return None if over else _unmet(Guard.DUE)

    def _real(self, case: Case, attempt: Attempt) -> Refusal | None:
        """Neither the centre of the application nor that of whoever acts is for training."""
        by = attempt.order.by
        here = by.centre_id if isinstance(by, Actor) else None
        practised = self._access.practises(case.centre_id) or self._access.practises(here)
        return _unmet(Guard.REAL) if practised else None


def _unmet(guard: Guard) -> Refusal:
    return Refusal(Code.ENR_GUARD, guard.value)
